//! The plans of the demo: both parts of the treatment plan, safety plans, transition plans with hand-offs.
//! Invented like everything in it.

use chrono::NaiveDate;
use handrail_care::id::Id;
use handrail_care::plan::goals::GoalRated;
use handrail_care::plan::{
    Appointment, Contact, Diagnosis, FollowUpCalled, FollowUpOutcome, HandOff, Intervention,
    Learning, MadeWith, Medicine, PartTwo, ReviewOccasion, SafetyPlan, TeamRole, TransitionPlan,
};
use handrail_care::program;
use handrail_clinician::{Act, Clinician};
use handrail_companion::view::{GoalDraft, GoalState, HandOffMark, HandOffState};
use handrail_companion::{Companion, SetClock};

use super::SeedError;
use super::clinic::{Seat, at, plus};
use super::people::Course;

const DAY: i64 = 24 * 3_600_000;
/// Days from the discharge to the day on which the account closes.
const OPEN_AFTER: u64 = 90;

/// Goals by turns, with how one would notice.
const GOALS: [(&str, &str); 6] = [
    ("Sleep through most nights", "Five nights a week"),
    ("Get back to half days at work", "Three half days in a row"),
    (
        "Ride the bus without getting off early",
        "To the last stop and back",
    ),
    ("See friends again", "One visit a week"),
    (
        "Cook instead of skipping meals",
        "Dinner at home four times a week",
    ),
    (
        "Speak up when something is too much",
        "Said it once at home",
    ),
];

/// The same in Spanish.
const GOALS_ES: [(&str, &str); 6] = [
    ("Dormir casi todas las noches", "Cinco noches a la semana"),
    ("Volver a trabajar medio día", "Tres medios días seguidos"),
    (
        "Ir en autobús sin bajarme antes",
        "Hasta la última parada y de vuelta",
    ),
    ("Ver otra vez a mis amigos", "Una visita a la semana"),
    (
        "Cocinar en vez de saltarme comidas",
        "Cenar en casa cuatro veces a la semana",
    ),
    (
        "Decir cuando algo es demasiado",
        "Haberlo dicho una vez en casa",
    ),
];

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn contact(name: &str, role: &str, phone: &str) -> Contact {
    Contact {
        name: name.to_owned(),
        role: role.to_owned(),
        phone: phone.to_owned(),
    }
}

/// The safety plan in the first week and part two after it, and for the later weeks a transition plan;
/// for who was discharged what follows. The colleague stands behind part two herself.
pub(super) fn write(rowan: &mut Clinician, seat: &Seat, now: i64) -> Result<(), SeedError> {
    let patient = seat.care;
    let written = at(plus(seat.start, 2)?, 14, 0)?;
    let mut safety = None;
    if written < now {
        let act = Act::WriteSafetyPlan {
            patient,
            plan: safety_plan(),
        };
        safety = rowan.act(act, "", written)?.id;
    }
    let written = at(plus(seat.start, 8)?, 11, 0)?;
    if written < now {
        let act = Act::WritePartTwo {
            patient,
            plan: part_two(seat, plus(seat.start, 15)?),
        };
        let two = rowan.act(act, "", written)?.id.ok_or(SeedError::Date)?;
        review_weekly(rowan, seat, two, now)?;
    }
    let discharged = seat.patient.course == Course::Discharged;
    if seat.patient.week >= 8 || discharged {
        let written = (at(seat.last, 15, 0)? - 6 * DAY).min(now);
        let plan = transition_plan(plus(seat.last, 9)?);
        let act = Act::RevisePlan {
            patient,
            plan: plan.clone(),
        };
        let first = rowan.act(act, "", written)?;
        let held = rowan.plans(patient, now).and_then(|page| page.transition);
        let mut revised = held.unwrap_or(plan);
        revised.parent = first.id;
        revised
            .what_helps
            .push("Saturday walk with a friend".to_owned());
        let act = Act::RevisePlan {
            patient,
            plan: revised,
        };
        rowan.act(act, "", written + DAY)?;
    }
    if discharged {
        let ended = at(seat.last, 16, 30)?;
        let act = Act::Discharge {
            patient,
            date: seat.last,
            reason: handrail_care::patient::DischargeReason::Planned,
        };
        rowan.act(act, "", ended)?;
        if let Some(plan) = safety {
            let act = Act::ReviewPlan {
                patient,
                plan,
                occasion: ReviewOccasion::LevelOfCare,
                next: None,
            };
            rowan.act(act, "", ended + 60_000)?;
        }
        let act = Act::CloseAccount {
            patient,
            on: plus(seat.last, OPEN_AFTER)?,
        };
        rowan.act(act, "", ended + 120_000)?;
        let calls = program::follow_ups(seat.last).map_err(|_| SeedError::Date)?;
        for planned in calls {
            let called = at(planned, 11, 0)?;
            if called < now {
                let called_of = FollowUpCalled {
                    planned,
                    outcome: FollowUpOutcome::Reached,
                };
                let act = Act::NoteFollowUp {
                    patient,
                    called: called_of,
                };
                rowan.act(act, "", called)?;
            }
        }
    }
    Ok(())
}

/// The team goes through part two each week.
fn review_weekly(rowan: &mut Clinician, seat: &Seat, plan: Id, now: i64) -> Result<(), SeedError> {
    let agreed = Act::AgreePlan {
        patient: seat.care,
        plan,
        role: TeamRole::Therapist,
    };
    rowan.act(agreed, "", at(plus(seat.start, 8)?, 11, 5)?)?;
    let mut day = plus(seat.start, 15)?;
    while day <= seat.last {
        let reviewed = at(day, 12, 30)?;
        if reviewed < now {
            let act = Act::ReviewPlan {
                patient: seat.care,
                plan,
                occasion: ReviewOccasion::Weekly,
                next: Some(plus(day, 7)?),
            };
            rowan.act(act, "", reviewed)?;
        }
        day = plus(day, 7)?;
    }
    Ok(())
}

fn safety_plan() -> SafetyPlan {
    SafetyPlan {
        parent: None,
        warning_signs: texts(&["I stop answering messages", "I lie awake until four"]),
        on_my_own: texts(&[
            "Cold water on my hands",
            "The slow playlist",
            "A walk to the river",
        ]),
        company: vec![
            contact("Corner cafe", "sit by the window", ""),
            contact("My neighbor", "a talk over the fence", ""),
        ],
        people: vec![contact("My sister", "knows about this plan", "555-0142")],
        professionals: vec![
            contact("Riverbend IOP", "Monday to Friday, 8 to 5", "555-0100"),
            contact("Dr. Sol", "psychiatrist", "555-0121"),
        ],
        safer_place: texts(&["My sister keeps the spare tablets"]),
        reasons: texts(&["My nephew", "The garden in spring"]),
    }
}

fn part_two(seat: &Seat, review: NaiveDate) -> PartTwo {
    let made = |role, name: &str| MadeWith {
        role,
        name: name.to_owned(),
    };
    let step = |what: &str, how_often: &str, who: &str| Intervention {
        what: what.to_owned(),
        how_often: how_often.to_owned(),
        who: who.to_owned(),
        goal: None,
    };
    let learn = |text: &str, piece: Option<&str>, skill: Option<&str>| Learning {
        text: text.to_owned(),
        piece: piece.map(str::to_owned),
        skill: skill.map(str::to_owned),
    };
    PartTwo {
        parent: None,
        part_one: None,
        made_with: vec![
            made(TeamRole::Therapist, "Rowan"),
            made(TeamRole::MedicalDirector, "Dr. Sol"),
            made(TeamRole::CareCoordinator, "Imke"),
        ],
        diagnoses: vec![Diagnosis {
            words: if seat.patient.phq9 >= seat.patient.gad7 {
                "Depression".to_owned()
            } else {
                "Anxiety".to_owned()
            },
            code: String::new(),
        }],
        interventions: vec![
            step("Group", "three times a week", "Rowan"),
            step("Individual therapy", "weekly", "Imke"),
            step("Medication check", "every two weeks", "Dr. Sol"),
        ],
        medicines: vec![Medicine {
            name: "Sertraline".to_owned(),
            how: "50 mg every morning".to_owned(),
            why: "mood and worry".to_owned(),
        }],
        learning: vec![
            learn("What an IOP is", Some("what-is-an-iop"), None),
            learn("Breathing slowly", None, Some("paced-breathing")),
        ],
        review: Some(review),
    }
}

fn transition_plan(visit: NaiveDate) -> TransitionPlan {
    TransitionPlan {
        parent: None,
        warning_signs: texts(&[
            "Sleeping less than five hours",
            "Not answering friends",
            "Skipping breakfast",
        ]),
        what_helps: texts(&["Paced breathing", "A walk before noon", "Calling my sister"]),
        people: vec![contact("Sister", "family", "555-0142")],
        providers: vec![
            contact("Imke", "therapist", "555-0120"),
            contact("Dr. Sol", "psychiatrist", "555-0121"),
        ],
        appointments: vec![Appointment {
            what: "First visit with the outpatient therapist".to_owned(),
            date: visit,
            time: "2 pm".to_owned(),
            place: "Riverbend, room 4".to_owned(),
        }],
        medicines: vec![Medicine {
            name: "Sertraline".to_owned(),
            how: "100 mg every morning".to_owned(),
            why: "mood and worry".to_owned(),
        }],
        hand_offs: vec![
            HandOff {
                id: Id::default(),
                to: contact("Imke", "therapist", "555-0120"),
                what: "therapy once a week".to_owned(),
                by: Some(visit),
            },
            HandOff {
                id: Id::default(),
                to: contact("Dr. Sol", "psychiatrist", "555-0121"),
                what: "medicines".to_owned(),
                by: Some(visit),
            },
        ],
    }
}

/// On the patient's phone: part one on the second day, and ratings every two weeks.
pub(super) fn first_days(
    core: &Companion,
    clock: &SetClock,
    seat: &Seat,
    now: i64,
) -> Result<(), SeedError> {
    let written = at(plus(seat.start, 1)?, 18, 0)?;
    if written >= now {
        return Ok(());
    }
    clock.set(written);
    let turn = usize::try_from(seat.patient.phq9).unwrap_or(0);
    let goals = seat.patient.says(&GOALS, &GOALS_ES);
    let goal = |offset: usize| {
        let (text, measure) = goals[(turn + offset) % goals.len()];
        GoalDraft {
            id: None,
            text: text.to_owned(),
            measure: measure.to_owned(),
            state: GoalState::Open,
        }
    };
    let mut draft = core.treatment_plan()?.draft;
    draft.goals = vec![goal(0), goal(1)];
    draft.problems = texts(&["low-mood", "sleep", "worry"]);
    let own = |english, spanish| vec![seat.patient.says::<str>(english, spanish).to_owned()];
    draft.own_problems = own("The rent", "El alquiler");
    draft.strengths = [
        own("I keep my word", "Cumplo lo que digo"),
        own("My sister is on my side", "Mi hermana me apoya"),
    ]
    .concat();
    draft.barriers = own("The bus runs once an hour", "El autobús pasa cada hora");
    core.write_part_one(draft)?;
    let goals = core.treatment_plan()?.goals;
    let (mut day, mut level) = (plus(seat.start, 7)?, -2);
    while day <= seat.last {
        let rated = at(day, 20, 30)?;
        if rated < now {
            clock.set(rated);
            for goal in &goals {
                core.rate_goal(&goal.id, level, String::new())?;
            }
        }
        if matches!(seat.patient.course, Course::Improving | Course::Discharged) {
            level = (level + 1).min(1);
        }
        day = plus(day, 14)?;
    }
    Ok(())
}

/// On the patient's phone at the end: plans are read, one safety plan is edited, hand-offs are booked.
pub(super) fn last_days(core: &Companion, seat: &Seat) -> Result<(), SeedError> {
    if seat.patient.course != Course::Flat {
        for plan in core.today()?.plans_to_read {
            core.acknowledge_plan(&plan.plan)?;
        }
    }
    if seat.patient.name == "Wren" {
        let mut draft = core.safety_plan()?.draft;
        draft.on_my_own.push("Call the radio quiz".to_owned());
        core.write_safety_plan(draft)?;
    }
    let bridge = core.bridge()?;
    let hand_offs = bridge.map_or_else(Vec::new, |bridge| bridge.hand_offs);
    if seat.patient.course == Course::Discharged
        && let Some(first) = hand_offs.first()
    {
        core.mark_hand_off(HandOffMark {
            hand_off: first.id.clone(),
            state: HandOffState::Booked,
            date: first.by.clone(),
            time: "2 pm".to_owned(),
            note: String::new(),
        })?;
    }
    Ok(())
}

/// At the clinic in the end: a goal is rated together with one patient.
pub(super) fn rate_together(rowan: &mut Clinician, seat: &Seat, now: i64) -> Result<(), SeedError> {
    let goals = rowan.plans(seat.care, now).map(|page| page.goals);
    if seat.patient.course == Course::Discharged
        && let Some(first) = goals.and_then(|goals| goals.into_iter().next())
    {
        let act = Act::RateGoal {
            patient: seat.care,
            rated: GoalRated {
                goal: first.goal.id,
                level: 1,
                note: "Gone through on the last day.".to_owned(),
            },
        };
        rowan.act(act, "", at(seat.last, 15, 30)?)?;
    }
    Ok(())
}
