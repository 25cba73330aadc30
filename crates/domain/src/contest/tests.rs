use super::*;
use crate::funnel::usual_answers;
use proptest::prelude::*;

const fn arm(answered: u32, written: u32) -> Arm {
    Arm { written, answered }
}

fn rule(sample: u32, confidence: u8) -> Winner {
    Winner { sample, confidence, answers: usual_answers(), answer_hours: 24 }
}

fn round((low, high): (f64, f64)) -> (String, String) {
    (format!("{low:.4}"), format!("{high:.4}"))
}

#[test]
fn shares_have_the_intervals_that_were_published() {
    // Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
    for (answered, written, low, high) in [
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ] {
        assert_eq!(round(arm(answered, written).interval(Z_95)), (low.into(), high.into()));
    }
    assert_eq!(Arm::default().interval(Z_95), (0.0, 1.0));
}

#[test]
fn differences_have_the_intervals_that_were_published() {
    // Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10.
    for (a, b, low, high) in [
        (arm(56, 70), arm(48, 80), "0.0524", "0.3339"),
        (arm(9, 10), arm(3, 10), "0.1705", "0.8090"),
        (arm(6, 7), arm(2, 7), "0.0582", "0.8062"),
        (arm(5, 56), arm(0, 29), "-0.0381", "0.1926"),
        (arm(0, 10), arm(0, 20), "-0.1611", "0.2775"),
        (arm(10, 10), arm(0, 20), "0.6791", "1.0000"),
        (arm(10, 10), arm(0, 10), "0.6075", "1.0000"),
    ] {
        assert_eq!(round(difference(a, b, Z_95)), (low.into(), high.into()), "{a:?} {b:?}");
    }
}

#[test]
fn the_normal_distribution_is_that_of_the_tables() {
    for (z, share) in [
        (0.0, 0.5),
        (0.5, 0.691_462_461_274_013_1),
        (1.0, 0.841_344_746_068_542_9),
        (Z_95, 0.975),
        (2.575_829_303_548_901, 0.995),
        (3.0, 0.998_650_101_968_37),
        (6.0, 0.999_999_999_013_412_3),
    ] {
        assert!((below(z) - share).abs() < 1e-12, "{z}: {} and not {share}", below(z));
    }
}

#[test]
fn it_is_as_sure_as_the_interval_that_just_leaves_nothing_out() {
    // Of the published ones above: the first leaves 0 out at 95 %, the fourth does not.
    assert!(certainty(arm(56, 70), arm(48, 80)) > 0.95);
    assert!(certainty(arm(5, 56), arm(0, 29)) < 0.95);
    assert_eq!(certainty(arm(48, 80), arm(56, 70)), 0.0, "the worse one is ahead of nobody");
    assert_eq!(certainty(arm(0, 0), arm(0, 0)), 0.0);
    assert_eq!(certainty(arm(1_000, 1_000), arm(0, 1_000)), 1.0);
    let sure = certainty(arm(60, 400), arm(40, 400));
    let z = (0..80_000).map(|n| f64::from(n) / 10_000.0).find(|z| 2.0 * below(*z) - 1.0 >= sure).unwrap();
    assert!(difference(arm(60, 400), arm(40, 400), z).0.abs() < 1e-5);
}

#[test]
fn a_winner_must_have_its_sample_and_be_better_than_every_other() {
    let (hundred, sure) = (rule(100, 95), arm(60, 100));
    assert_eq!(look(&hundred, 0, &[sure, arm(5, 99)]), Verdict::TooEarly, "never below the floor");
    assert!(matches!(look(&hundred, 0, &[arm(5, 100), sure]), Verdict::Won(Standing { best: 1, .. })));
    assert!(matches!(look(&hundred, 0, &[arm(59, 100), sure]), Verdict::Open(Some(_))));
    assert_eq!(look(&hundred, 0, &[arm(0, 100), arm(0, 100)]), Verdict::Open(None));
    assert_eq!(look(&hundred, 0, &[sure]), Verdict::TooEarly, "nobody wins alone");
    // Better than one other is not better than all.
    assert!(matches!(look(&hundred, 0, &[sure, arm(5, 100), arm(59, 100)]), Verdict::Open(Some(_))));
    assert!(matches!(look(&hundred, 0, &[sure, arm(5, 100), arm(6, 100)]), Verdict::Won(_)));
    // Each look asks for twice as many, and for half of the doubt.
    assert_eq!(needs(&hundred, 0), Needs { written: 100, certainty: 0.975 });
    assert_eq!(needs(&hundred, 1), Needs { written: 200, certainty: 0.9875 });
    assert_eq!(look(&hundred, 1, &[sure, arm(5, 199)]), Verdict::TooEarly);
    assert_eq!(needs(&rule(1_000_000, 99), 40).written, u32::MAX);
}

/// A number that looks like chance, 0 to 1.
fn chance(seed: u32, n: u32) -> f64 {
    let mixed = crate::funnel::chance(&seed.to_string(), &n.to_string());
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// How many of 400 contests between variants that are answered by `rates` somebody wins, looked at after every person.
fn won(rates: &[f64], rule: &Winner, people: u32) -> usize {
    let is_won = |seed: &u32| {
        let (mut arms, mut looks) = (vec![Arm::default(); rates.len()], 0);
        for n in 0..people {
            let at = n as usize % rates.len();
            arms[at].written += 1;
            arms[at].answered += u32::from(chance(*seed, n) < rates[at]);
            match look(rule, looks, &arms) {
                Verdict::TooEarly => {}
                Verdict::Open(_) => looks += 1,
                Verdict::Won(_) => return true,
            }
        }
        false
    };
    (0..400).filter(is_won).count()
}

#[test]
fn among_equals_somebody_wins_no_more_often_than_the_rule_allows() {
    // 20 of 400 are 5 %; with three standard deviations of chance above that, 33.
    let equal = won(&[0.1, 0.1], &rule(50, 95), 3_200);
    assert!(equal <= 20, "{equal} of 400");
    let three = won(&[0.1, 0.1, 0.1], &rule(50, 95), 3_200);
    assert!(three <= 20, "{three} of 400");
    let better = won(&[0.1, 0.2], &rule(50, 95), 3_200);
    assert!(better > 390, "{better} of 400");
}

proptest! {
    #[test]
    fn intervals_hold_what_was_seen(written in 0..100_000u32, share in 0.0..1.0f64, z in 0.0..8.0f64) {
        let one = arm((f64::from(written) * share) as u32, written);
        let (low, high) = one.interval(z);
        prop_assert!(0.0 <= low && low <= one.rate() + 1e-12 && (written == 0 || one.rate() <= high + 1e-12) && high <= 1.0);
    }

    #[test]
    fn nothing_is_surer_than_certain(a in 0..500u32, b in 0..500u32, x in 0..500u32, y in 0..500u32) {
        for sure in [certainty(arm(a, a + x), arm(b, b + y)), certainty(arm(b, b + y), arm(a, a + x))] {
            prop_assert!((0.0..=1.0).contains(&sure), "{sure}");
        }
    }
}
