//! Which of a campaign's senders writes to somebody new. Follow-ups come from the sender of the first message; that is
//! for the one who asks.

/// A sender of a campaign on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Its share beside those of the others, 1 to 100.
    pub weight: i64,
    /// How many people it was given so far.
    pub assigned: i64,
    /// Whether it works at the moment.
    pub is_active: bool,
}

/// The one that is furthest behind its share: with equal weights they take turns. One that does not work is given
/// nobody while another does; where none works the message waits for one. `None` without senders.
pub fn next(seats: &[Seat]) -> Option<usize> {
    let any_active = seats.iter().any(|seat| seat.is_active);
    let candidates = seats.iter().enumerate().filter(|(_, seat)| seat.is_active || !any_active);
    // (assigned + 1) / weight, compared without division.
    let behind = |(_, a): &(usize, &Seat), (_, b): &(usize, &Seat)| {
        let times = |seat: &Seat, other: &Seat| {
            (i128::from(seat.assigned) + 1).saturating_mul(i128::from(other.weight.max(1)))
        };
        times(a, b).cmp(&times(b, a))
    };
    candidates.min_by(behind).map(|(at, _)| at)
}

/// What a sender that comes to others starts from, so that it takes its share of those who come now and does not make
/// up for all who came before it: as many as its weight among theirs is worth.
pub fn fair_start(weight: i64, others: &[Seat]) -> i64 {
    let (weights, assigned) = others
        .iter()
        .fold((0, 0), |(w, a), seat| (w + i128::from(seat.weight.max(1)), a + i128::from(seat.assigned)));
    if weights == 0 {
        0
    } else {
        i64::try_from(assigned * i128::from(weight.max(1)) / weights).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(mut seats: Vec<Seat>, people: usize) -> Vec<i64> {
        for _ in 0..people {
            let at = next(&seats).expect("a seat");
            seats[at].assigned += 1;
        }
        seats.into_iter().map(|seat| seat.assigned).collect()
    }

    fn seat(weight: i64, assigned: i64) -> Seat {
        Seat { weight, assigned, is_active: true }
    }

    #[test]
    fn equal_weights_take_turns_and_others_get_their_share() {
        assert_eq!(given(vec![seat(1, 0), seat(1, 0), seat(1, 0)], 10), [4, 3, 3]);
        assert_eq!(given(vec![seat(3, 0), seat(1, 0)], 8), [6, 2]);
        assert_eq!(given(vec![seat(1, 5), seat(1, 0)], 5), [5, 5]);
        assert_eq!(next(&[]), None);
    }

    #[test]
    fn who_does_not_work_is_given_nobody_while_another_does() {
        let broken = Seat { is_active: false, ..seat(100, 0) };
        assert_eq!(given(vec![broken, seat(1, 7)], 3), [0, 10]);
        assert_eq!(next(&[broken]), Some(0));
    }

    #[test]
    fn a_newcomer_takes_its_share_from_now_on() {
        let old = [seat(1, 100), seat(1, 100)];
        let start = fair_start(2, &old);
        assert_eq!(start, 200);
        assert_eq!(given(vec![old[0], old[1], seat(2, start)], 8), [102, 102, 204]);
        assert_eq!(fair_start(5, &[]), 0);
    }

    proptest! {
        #[test]
        fn nobody_is_ever_a_whole_person_from_the_share(
            weights in prop::collection::vec(1..=100i64, 1..6), people in 0..400usize,
        ) {
            let counts = given(weights.iter().map(|w| seat(*w, 0)).collect(), people);
            let sum: i64 = weights.iter().sum();
            prop_assert_eq!(counts.iter().sum::<i64>(), people as i64);
            for (count, weight) in counts.iter().zip(&weights) {
                let share = people as f64 * *weight as f64 / sum as f64;
                prop_assert!((*count as f64 - share).abs() < weights.len() as f64, "{count} {share}");
            }
        }
    }
}
