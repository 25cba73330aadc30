use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn criterion(field: &str, op: Op, values: &[&str], weight: i64) -> Criterion {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Criterion { label: String::new(), field: field.into(), op, values, weight }
}

fn custom(key: &str) -> Option<FieldKind> {
    match key {
        "seats" => Some(FieldKind::Number),
        "since" => Some(FieldKind::Date),
        "vip" => Some(FieldKind::Boolean),
        "plan" => Some(FieldKind::Choice),
        _ => None,
    }
}

const ANN: &[(&str, &str)] = &[
    ("title", "VP of Sales"),
    ("city", "Ålesund"),
    ("company.industry", "Software"),
    ("company.employee_count", "250"),
    ("custom.seats", "12.5"),
    ("custom.since", "2024-02-29"),
    ("custom.vip", "true"),
    ("custom.plan", "Gold"),
    ("phone", " "),
];

fn of(criteria: &[Criterion]) -> Score {
    score(criteria, &custom, &|field| ANN.iter().find(|(name, _)| *name == field).map(|(_, value)| *value))
}

#[test]
fn every_operator_is_met_when_it_says_so() {
    let cases: &[(&str, Op, &[&str], bool)] = &[
        ("title", Op::Is, &["vp OF sales "], true),
        ("title", Op::Is, &["VP"], false),
        ("title", Op::IsNot, &["VP"], true),
        ("title", Op::Contains, &["Founder", "sales"], true),
        ("title", Op::StartsWith, &["Head", "vp"], true),
        ("title", Op::StartsWith, &["sales"], false),
        ("title", Op::Exists, &[], true),
        ("title", Op::Missing, &[], false),
        ("city", Op::Is, &["åLESUND"], true),
        ("phone", Op::Exists, &[], false),
        ("phone", Op::Missing, &[], true),
        ("country", Op::Is, &["Norway"], false),
        ("country", Op::IsNot, &["Norway"], true),
        ("company.industry", Op::Is, &["Fintech", "software"], true),
        ("company.employee_count", Op::MoreThan, &["249"], true),
        ("company.employee_count", Op::MoreThan, &["250"], false),
        ("company.employee_count", Op::LessThan, &["250.5"], true),
        ("company.employee_count", Op::Is, &["250.0"], true),
        ("custom.seats", Op::Is, &["1.25e1"], true),
        ("custom.seats", Op::LessThan, &["9"], false),
        ("custom.since", Op::Before, &["2024-03-01"], true),
        ("custom.since", Op::After, &["2024-02-29"], false),
        ("custom.vip", Op::Is, &["yes"], true),
        ("custom.plan", Op::Is, &["gold"], true),
        ("custom.gone", Op::Exists, &[], false),
        ("custom.gone", Op::Missing, &[], false),
    ];
    for (field, op, values, expected) in cases {
        let got = of(&[criterion(field, *op, values, 10)]);
        let score = if *expected { 100 } else { 0 };
        assert_eq!(got.score, score, "{field} {op} {values:?}");
    }
}

#[test]
fn a_score_is_points_reached_of_points_possible() {
    let yes = |weight| criterion("title", Op::Exists, &[], weight);
    let no = |weight| criterion("title", Op::Missing, &[], weight);
    for (criteria, score, met) in [
        (vec![yes(10), no(10)], 50, vec![0]),
        (vec![yes(1), no(2)], 33, vec![0]),
        (vec![yes(2), no(1)], 67, vec![0]),
        (vec![no(30), yes(100), yes(-50)], 38, vec![1, 2]),
        (vec![yes(10), yes(-100)], 0, vec![0, 1]),
        (vec![yes(10), no(-100)], 100, vec![0]),
        (vec![yes(-10)], 0, vec![0]),
        (vec![], 0, vec![]),
    ] {
        assert_eq!(of(&criteria), Score { score, met }, "{criteria:?}");
    }
    let criteria = [yes(30), no(10), yes(-5)];
    let told = reasons(&criteria, &of(&criteria).met);
    assert_eq!(told.iter().map(|reason| reason.points).collect::<Vec<_>>(), [30, 0, -5]);
    assert_eq!(told.iter().map(|reason| reason.is_met).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn every_mistake_is_told_where_it_is() {
    let good = criterion("title", Op::Contains, &["VP"], 10);
    assert_eq!(problems(std::slice::from_ref(&good), &custom), []);
    for (bad, path) in [
        (criterion("shoe", Op::Is, &["43"], 5), "criteria[1].field"),
        (criterion("custom.gone", Op::Exists, &[], 5), "criteria[1].field"),
        (criterion("created_at", Op::Exists, &[], 5), "criteria[1].field"),
        (criterion("title", Op::MoreThan, &["4"], 5), "criteria[1].op"),
        (criterion("custom.since", Op::WithinDays, &["4"], 5), "criteria[1].op"),
        (criterion("title", Op::Is, &[], 5), "criteria[1].values"),
        (criterion("title", Op::Is, &["a", " "], 5), "criteria[1].values"),
        (criterion("title", Op::Exists, &["a"], 5), "criteria[1].values"),
        (criterion("company.employee_count", Op::MoreThan, &["many"], 5), "criteria[1].values"),
        (criterion("company.employee_count", Op::MoreThan, &["1", "2"], 5), "criteria[1].values"),
        (criterion("title", Op::Is, &["a"], 0), "criteria[1].weight"),
        (criterion("title", Op::Is, &["a"], 101), "criteria[1].weight"),
        (criterion("title", Op::Is, &["a"], -101), "criteria[1].weight"),
        (Criterion { label: "x".repeat(101), ..good.clone() }, "criteria[1].label"),
    ] {
        let told: Vec<String> =
            problems(&[good.clone(), bad.clone()], &custom).into_iter().map(|problem| problem.path).collect();
        assert_eq!(told, [path], "{bad:?}");
    }
    assert_eq!(problems(&[], &custom).len(), 1, "nothing speaks for anybody");
    assert_eq!(problems(&vec![good; MAX_CRITERIA + 1], &custom).len(), 1);
}

fn any_criterion() -> impl Strategy<Value = Criterion> {
    let fields = ["title", "city", "country", "company.employee_count", "custom.seats", "custom.gone"];
    let values = prop::collection::vec("[a-c0-3]{1,2}", 0..3);
    (prop::sample::select(fields.to_vec()), prop::sample::select(Op::ALL.to_vec()), values, -100_i64..=100)
        .prop_map(|(field, op, values, weight)| Criterion {
            label: String::new(),
            field: field.into(),
            op,
            values,
            weight,
        })
}

proptest! {
    /// Whatever the criteria and the person: the score is within its bounds, the points of the reasons add up to it, and
    /// one criterion more that speaks for them never makes it less, one against never more.
    #[test]
    fn points_add_up_and_weights_pull_their_way(
        criteria in prop::collection::vec(any_criterion(), 0..12),
        person in prop::collection::btree_map(prop::sample::select(vec!["title", "city", "company.employee_count", "custom.seats"]), "[a-c0-3]{0,2}", 0..4),
        more in 1_i64..=100,
    ) {
        let person: BTreeMap<&str, String> = person;
        let of = |criteria: &[Criterion]| score(criteria, &custom, &|field| person.get(field).map(String::as_str));
        let got = of(&criteria);
        prop_assert!((0..=BEST).contains(&got.score));
        let told = reasons(&criteria, &got.met);
        let reached: i64 = told.iter().map(|reason| reason.points).sum();
        let possible: i64 = criteria.iter().map(|criterion| criterion.weight.max(0)).sum();
        #[expect(clippy::cast_precision_loss, reason = "at most some thousand points")]
        let exact = if possible == 0 { 0.0 } else { (reached as f64 / possible as f64 * 100.0).clamp(0.0, 100.0) };
        #[expect(clippy::cast_precision_loss, reason = "at most 100")]
        let distance = (got.score as f64 - exact).abs();
        prop_assert!(distance <= 0.5 + 1e-9, "{} is not {exact}", got.score);
        let always = |weight| [criteria.clone(), vec![criterion("custom.vip", Op::IsNot, &["true"], weight)]].concat();
        prop_assert!(of(&always(more)).score >= got.score);
        prop_assert!(of(&always(-more)).score <= got.score);
    }
}

#[test]
fn a_weight_beyond_all_bounds_is_refused() {
    for weight in [i64::MIN, -101, 0, 101, i64::MAX] {
        let criterion = serde_json::json!([{ "field": "title", "op": "exists", "weight": weight }]);
        let criteria: Vec<Criterion> = serde_json::from_value(criterion).unwrap();
        let problems = problems(&criteria, &|_| None);
        assert!(problems.iter().any(|problem| problem.path.ends_with("weight")), "{weight}: {problems:?}");
    }
}
