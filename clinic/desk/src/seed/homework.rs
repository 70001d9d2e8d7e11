//! Homework and skills of the demo: what is assigned week by week, a skill of the clinic's own, and what
//! patients log of it through their phones.

use chrono::NaiveDate;
use handrail_care::homework::{Assigned, Completion, Prompt};
use handrail_care::id::Id;
use handrail_care::program::{SessionKind, Weekday};
use handrail_care::reminder::Language;
use handrail_care::skill::{Noted, Skill, SkillPublished, Values, shipped};
use handrail_clinician::{Act, Clinician};
use handrail_companion::view::{FieldAnswer, FieldRow, FieldValue, HomeworkTry, HomeworkView};
use handrail_companion::{Companion, SetClock};

use super::SeedError;
use super::clinic::{Seat, at, plus};
use super::course::Dice;
use super::people::{Course, OBSTACLES, OBSTACLES_ES};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What is given in the weeks of the program, by turns: title, instructions, skill, how often.
const BY_TURNS: [(&str, &str, &str, u32); 6] = [
    (
        "Paced breathing, five minutes",
        "Breathe in for four counts and out for six, for five minutes. Note your distress before and after.",
        "paced-breathing",
        3,
    ),
    (
        "Thought record",
        "Pick one moment that stung. Write down the thought, what speaks for it, what speaks against it, and a fairer thought.",
        "thought-record",
        2,
    ),
    (
        "One planned activity",
        "Choose something small that used to be pleasant, put it on a day and a time, and do it whatever the mood.",
        "behavioural-activation",
        1,
    ),
    (
        "Grounding with five senses",
        "Name five things you see, four you feel, three you hear, two you smell, one you taste.",
        "grounding-5-4-3-2-1",
        2,
    ),
    (
        "Opposite action",
        "Notice an urge that does not help. Do the opposite, all the way, and write down what happened.",
        "opposite-action",
        1,
    ),
    (
        "Link by link",
        "Take the moment we talked about. Write the links one by one. Bring it on Wednesday.",
        "chain-analysis",
        1,
    ),
];

/// The clinic's own skill.
pub(super) fn publish(rowan: &mut Clinician, at: i64) -> Result<(), SeedError> {
    let Some(like) = shipped("stop-and-step-back", Language::English) else {
        return Ok(());
    };
    let words = [
        (
            Language::English,
            "The river walk",
            "Walk to the river and back, and look at the water.",
        ),
        (
            Language::Spanish,
            "El paseo al río",
            "Camine hasta el río y vuelva, y mire el agua.",
        ),
    ];
    for (language, title, summary) in words {
        let skill = Skill {
            id: "river-walk".to_owned(),
            title: title.to_owned(),
            summary: summary.to_owned(),
            when: summary.to_owned(),
            also: None,
            minutes: 15,
            steps: vec![summary.to_owned()],
            guides: Vec::new(),
            fields: Vec::new(),
            ..like.clone()
        };
        let skill = SkillPublished {
            language,
            skill,
            retired: false,
        };
        rowan.act(Act::PublishSkill { skill }, "", at)?;
    }
    Ok(())
}

/// The next group after an instant.
pub(super) fn next_group(rowan: &Clinician, care: Id, after: i64) -> Option<String> {
    let chart = rowan.chart(care)?;
    let coming = handrail_care::sessions::sessions(chart, rowan.library(), after, after + 14 * DAY);
    let mut groups = coming.into_iter();
    let group =
        groups.find(|one| one.kind == SessionKind::Group && one.start > after + DAY && one.rings());
    group.map(|group| group.id)
}

fn ladder() -> Values {
    let step = |(step, expected): &(&str, i64)| {
        Values::from([
            ("step".to_owned(), Noted::Text((*step).to_owned())),
            ("expected".to_owned(), Noted::Number(*expected)),
        ])
    };
    let steps = [
        ("Stand at the bus stop and let one go by", 30),
        ("Ride one stop in the morning", 50),
        ("Ride to the clinic when it is full", 75),
    ];
    let rows = steps.iter().map(step).collect();
    Values::from([("ladder".to_owned(), Noted::Rows(rows))])
}

fn give(
    rowan: &mut Clinician,
    patient: Id,
    homework: Assigned,
    written: i64,
) -> Result<(), SeedError> {
    rowan.act(Act::AssignHomework { patient, homework }, "", written)?;
    Ok(())
}

/// The homework of one week of a patient, given on its Tuesday.
pub(super) fn assign(
    rowan: &mut Clinician,
    seat: &Seat,
    week_start: NaiveDate,
    turn: usize,
    now: i64,
) -> Result<(), SeedError> {
    let written = at(plus(week_start, 1)?, 12, 15)?;
    if written >= now {
        return Ok(());
    }
    let (title, instructions, skill, times) = BY_TURNS[turn % BY_TURNS.len()];
    let due = plus(week_start, 7)?;
    // Every third week the homework hangs on the next group instead of a day.
    let before_session = (turn % 3 == 2)
        .then(|| next_group(rowan, seat.care, written))
        .flatten();
    let homework = Assigned {
        title: title.to_owned(),
        instructions: instructions.to_owned(),
        skill: Some(skill.to_owned()),
        due,
        times,
        before_session,
        ..Assigned::default()
    };
    give(rowan, seat.care, homework, written)?;
    match turn {
        0 => {
            let reading = Assigned {
                title: "Read: what an IOP is".to_owned(),
                reading: Some("what-is-an-iop".to_owned()),
                due,
                times: 1,
                ..Assigned::default()
            };
            give(rowan, seat.care, reading, written)
        }
        1 => {
            let diary = Assigned {
                title: "Sleep diary".to_owned(),
                instructions: "In the morning, within an hour of getting up.".to_owned(),
                skill: Some("sleep-diary".to_owned()),
                from: Some(plus(week_start, 2)?),
                due,
                weekdays: vec![Weekday::Wednesday, Weekday::Friday, Weekday::Sunday],
                ..Assigned::default()
            };
            give(rowan, seat.care, diary, written)
        }
        3 if seat.patient.course == Course::Improving => {
            let exposure = Assigned {
                title: "Your ladder: the bus".to_owned(),
                instructions: "The first step, as we planned it.".to_owned(),
                skill: Some("exposure-ladder".to_owned()),
                due,
                times: 2,
                given: ladder(),
                ..Assigned::default()
            };
            give(rowan, seat.care, exposure, written)
        }
        _ => Ok(()),
    }
}

fn written(field: &str, text: &str) -> FieldAnswer {
    FieldAnswer {
        field: field.to_owned(),
        value: FieldValue::Written {
            text: text.to_owned(),
        },
    }
}

fn amount(field: &str, number: u32) -> FieldAnswer {
    FieldAnswer {
        field: field.to_owned(),
        value: FieldValue::Amount {
            number: i64::from(number),
        },
    }
}

/// What was filled into a skill's fields.
fn filled(skill: &str, given: &[FieldAnswer], dice: &mut Dice) -> Vec<FieldAnswer> {
    let link = |kind: &str, what: &str, next: &str| FieldRow {
        answers: vec![
            written("kind", kind),
            written("what", what),
            written("next-time", next),
        ],
    };
    match skill {
        "thought-record" => vec![
            written("situation", "My manager walked past without a word."),
            written("thought", "She wants me gone."),
            amount("belief", 70 + dice.below(25)),
            written(
                "against",
                "She was on the phone. She asked about my week on Monday.",
            ),
            written("balanced", "I do not know why. I can ask."),
            amount("belief-after", 20 + dice.below(30)),
        ],
        "chain-analysis" => vec![
            written("behavior-kind", "shut-down"),
            written("behavior", "I did not answer anybody for a day."),
            written("vulnerable", "Four hours of sleep."),
            written("event", "A message I read the wrong way."),
            FieldAnswer {
                field: "links".to_owned(),
                value: FieldValue::Table {
                    rows: vec![
                        link("thought", "They are done with me.", "Check the facts"),
                        link("body", "Tight chest.", "Paced breathing"),
                        link(
                            "action",
                            "I put the phone in a drawer.",
                            "Answer one person",
                        ),
                    ],
                },
            },
            written("repair", "Write to my brother."),
        ],
        "behavioural-activation" => vec![
            written("activity", "Walk to the market."),
            written("done", "as-planned"),
            amount("pleasure", 3 + dice.below(5)),
            amount("mastery", 4 + dice.below(5)),
        ],
        "sleep-diary" => vec![
            written("bed", "22:45"),
            written("lights-out", "23:15"),
            amount("latency", 15 + dice.below(45)),
            amount("awakenings", dice.below(4)),
            amount("awake", dice.below(60)),
            written("rise", "06:45"),
            amount("quality", 1 + dice.below(3)),
        ],
        "exposure-ladder" => {
            let mut all = given.to_vec();
            let start = 40 + dice.below(20);
            all.extend([
                written("tried", "Stand at the bus stop and let one go by"),
                amount("start", start),
                amount("peak", start + 20),
                amount("end", start - dice.below(25)),
                written(
                    "learned",
                    "Nobody looked. It got easier after some minutes.",
                ),
            ]);
            all
        }
        "opposite-action" => vec![
            written("urge", "Stay in bed."),
            written("did", "Got up, showered, opened the blinds."),
        ],
        _ => Vec::new(),
    }
}

fn number(value: u32) -> Option<u8> {
    u8::try_from(value.min(100)).ok()
}

/// A try with distress before and after.
fn rated(seat: &mut Seat, skill: Option<&str>, given: &[FieldAnswer]) -> HomeworkTry {
    let drop = if seat.patient.course == Course::Flat {
        12
    } else {
        30
    };
    let dice = &mut seat.dice;
    let before = 40 + dice.below(45);
    HomeworkTry {
        skill: skill.map(str::to_owned),
        distress_before: number(before),
        distress_after: number(before.saturating_sub(dice.below(drop))),
        helpfulness: number(dice.below(5)),
        minutes: Some(5 + dice.below(15)),
        answers: skill.map_or_else(Vec::new, |skill| filled(skill, given, dice)),
        ..HomeworkTry::of(Completion::Done)
    }
}

fn one_try(seat: &mut Seat, homework: &HomeworkView, turn: u32) -> HomeworkTry {
    if seat.dice.chance(15) {
        let obstacles = seat.patient.says(&OBSTACLES, &OBSTACLES_ES);
        return HomeworkTry {
            homework: Some(homework.id.clone()),
            obstacle: Some(obstacles[(turn as usize) % obstacles.len()].to_owned()),
            ..HomeworkTry::of(Completion::Not)
        };
    }
    HomeworkTry {
        homework: Some(homework.id.clone()),
        prompt: Some(Prompt::Homework),
        ..rated(seat, homework.skill.as_deref(), &homework.given)
    }
}

/// Logs most of the homework, and skills that nobody assigned.
pub(super) fn practise(
    core: &Companion,
    clock: &SetClock,
    seat: &mut Seat,
    now: i64,
) -> Result<(), SeedError> {
    clock.set(now);
    for homework in core.homework()? {
        for turn in 0..homework.times {
            if seat.dice.chance(30) {
                continue;
            }
            let days = i64::from(1 + turn * 2 + seat.dice.below(2));
            let moment = homework.assigned_at + days * DAY + 6 * HOUR;
            if moment >= now {
                continue;
            }
            clock.set(moment);
            core.log_homework(one_try(seat, &homework, turn))?;
        }
    }
    let mut evening = at(seat.start, 21, 0)?;
    while evening < now && evening <= at(seat.last, 22, 0)? {
        let skill = ["paced-breathing", "mindfulness", "river-walk"][seat.dice.below(3) as usize];
        let tried = HomeworkTry {
            prompt: Some(Prompt::OwnIdea),
            ..rated(seat, Some(skill), &[])
        };
        clock.set(evening);
        core.log_homework(tried)?;
        evening += i64::from(3 + seat.dice.below(4)) * DAY;
    }
    Ok(())
}
