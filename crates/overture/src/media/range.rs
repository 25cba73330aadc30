//! What of a file is asked for (RFC 9110, 14.2).

/// What the header `Range` asks for, before anybody knows how long the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Whole,
    /// From this byte, to that one if it is named; both included.
    From {
        /// The first.
        first: u64,
        /// The last.
        last: Option<u64>,
    },
    /// So many at the end.
    Last(u64),
}

/// The same of a file whose length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// From this byte to that one, both included.
    Some {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// The file ends before.
    Beyond,
}

impl Asked {
    /// Several parts at once, and what is no range, ask for the whole: who asks has to be ready for that.
    pub fn read(header: &str) -> Asked {
        let Some((first, last)) =
            header.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Asked::Whole;
        };
        let number = |text: &str| -> Option<Option<u64>> {
            if text.is_empty() {
                return Some(None);
            }
            let is_number = text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| Some(text.parse().unwrap_or(u64::MAX)))
        };
        match (number(first.trim()), number(last.trim())) {
            (Some(None), Some(Some(tail))) => Asked::Last(tail),
            (Some(Some(first)), Some(last)) if last.is_none_or(|last| last >= first) => {
                Asked::From { first, last }
            }
            _ => Asked::Whole,
        }
    }

    /// Of a file of so many bytes.
    pub fn of(self, length: u64) -> Part {
        match self {
            Asked::Last(0) => Part::Beyond,
            Asked::Last(tail) if length > 0 => {
                Part::Some { first: length.saturating_sub(tail), last: length - 1 }
            }
            Asked::From { first, .. } if first >= length => Part::Beyond,
            Asked::From { first, last } => {
                Part::Some { first, last: last.unwrap_or(u64::MAX).min(length - 1) }
            }
            Asked::Whole | Asked::Last(_) => Part::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_in_all_their_forms() {
        let part = |first, last| Part::Some { first, last };
        let read = |asked, length| Asked::read(asked).of(length);
        for (asked, expected) in [
            ("bytes=0-", part(0, 99)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=10-19", part(10, 19)),
            ("bytes=90-1000", part(90, 99)),
            ("bytes=-5", part(95, 99)),
            ("bytes=-1000", part(0, 99)),
            ("bytes=99999999999999999999999-", Part::Beyond),
            ("bytes=100-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=9-5", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("items=0-1", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(read(asked, 100), expected, "{asked:?}");
        }
        assert_eq!(read("bytes=0-", 0), Part::Beyond);
        assert_eq!(read("bytes=-5", 0), Part::Whole);
    }
}
