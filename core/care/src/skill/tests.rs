//! The skills that ship, a clinic's own, what may be filled in, and effects worked out by hand.

use proptest::prelude::*;

use super::content::{outlines, tell, texts};
use super::effects::{LEAST_TO_RANK, best, skill_effects};
use super::values::lines;
use super::*;
use crate::checkin::Fault;
use crate::entry::Body;
use crate::homework::{Assigned, Completion, Logged};
use crate::testing::{Care, World, date};

fn english(id: &str) -> &'static Skill {
    shipped(id, Language::English).expect("ships")
}

fn text(text: &str) -> Noted {
    Noted::Text(text.to_owned())
}

fn values(given: &[(&str, Noted)]) -> Values {
    let given = given.iter();
    given
        .map(|(field, noted)| ((*field).to_owned(), noted.clone()))
        .collect()
}

/// A skill of the clinic's own.
fn own(id: &str, title: &str) -> Skill {
    Skill {
        id: id.to_owned(),
        title: title.to_owned(),
        also: None,
        guides: Vec::new(),
        fields: Vec::new(),
        cautions: Vec::new(),
        ..english("paced-breathing").clone()
    }
}

fn published(language: Language, skill: Skill) -> SkillPublished {
    SkillPublished {
        language,
        skill,
        retired: false,
    }
}

#[test]
fn outlines_and_words_fit_each_other_in_every_language() {
    let outlines = outlines();
    assert!(outlines.len() >= 18, "issue 5 asks for 18 skills");
    for outline in &outlines {
        for language in Language::ALL {
            let texts = texts(&outline.id, language);
            let (_, missing, unused) = tell(outline, &texts);
            assert_eq!(missing, Vec::<String>::new(), "{} {language:?}", outline.id);
            assert_eq!(unused, Vec::<String>::new(), "{} {language:?}", outline.id);
        }
        // The test would see a key that is gone and one that is too many.
        let mut texts = texts(&outline.id, Language::English);
        let title = texts.remove("title").expect("has a title");
        texts.insert("titel".to_owned(), title);
        let (_, missing, unused) = tell(outline, &texts);
        assert_eq!(
            (missing, unused),
            (vec!["title".to_owned()], vec!["titel".to_owned()])
        );
    }
    let english: Vec<_> = shipped_all(Language::English).iter().collect();
    let spanish = shipped_all(Language::Spanish);
    assert_eq!(english.len(), outlines.len());
    for (one, other) in english.iter().zip(spanish) {
        assert_eq!(one.id, other.id);
        assert_ne!(one.summary, other.summary, "{}", one.id);
    }
}

#[test]
fn what_ships_keeps_the_bounds_of_what_clinics_publish() {
    for language in Language::ALL {
        for skill in shipped_all(language) {
            // Under another name, since its own is taken.
            let renamed = Skill {
                id: format!("our-{}", skill.id),
                ..skill.clone()
            };
            assert_eq!(renamed.check(), Ok(()), "{}", skill.id);
            assert_eq!(skill.check(), Err(SkillError::NameTaken));
            assert!(!skill.group.title(language).is_empty());
        }
    }
}

#[test]
fn guidance_has_sane_lengths() {
    let guide = |skill: &str, id: &str| {
        let mut guides = english(skill).guides.iter();
        guides
            .find(|guide| guide.id == id)
            .expect("a guide")
            .clone()
    };
    assert_eq!(guide("paced-breathing", "four-six").seconds(), 300);
    assert_eq!(guide("grounding-5-4-3-2-1", "senses").seconds(), 0);
    assert_eq!(guide("grounding-5-4-3-2-1", "senses").phases.len(), 5);
    for skill in shipped_all(Language::English) {
        for guide in &skill.guides {
            let minutes = guide.seconds() / 60;
            assert!(minutes <= skill.minutes, "{} {}", skill.id, guide.id);
            // A pacer draws these, and the breath out is never the shorter one.
            if guide.kind == GuideKind::Breathing {
                let seconds = |id: &str| {
                    let mut phases = guide.phases.iter();
                    phases
                        .find(|phase| phase.id == id)
                        .map_or(0, |phase| phase.seconds)
                };
                assert!(seconds("in") > 0 && seconds("out") >= seconds("in"));
            }
        }
    }
}

#[test]
fn the_rules_of_clinical_md_are_in_the_data() {
    // Exposure only as a clinician's homework; cold water only with the caution acknowledged.
    let given_only: Vec<_> = shipped_all(Language::English)
        .iter()
        .filter(|skill| skill.assigned_only)
        .map(|skill| skill.id.as_str())
        .collect();
    assert_eq!(given_only, ["exposure-ladder"]);
    let calm = english("quick-calm");
    assert!(calm.cautions[0].acknowledge);
    let cold = values(&[("part", Noted::Chosen(vec!["cold".to_owned()]))]);
    let missing = calm
        .check_values(&cold, true)
        .expect_err("not acknowledged");
    assert_eq!(
        (missing.field.as_deref(), missing.fault),
        (Some("caution-read"), Fault::Required)
    );
    let mut read = cold.clone();
    read.insert("caution-read".to_owned(), Noted::Yes(false));
    assert_eq!(
        calm.check_values(&read, true).map_err(|e| e.fault),
        Err(Fault::Required)
    );
    read.insert("caution-read".to_owned(), Noted::Yes(true));
    assert_eq!(calm.check_values(&read, true), Ok(()));
    // Not tried at all: there is nothing to acknowledge.
    assert_eq!(calm.check_values(&Values::new(), false), Ok(()));
    // Self-harm in a chain offers the safety plan; nothing else there does.
    let chain = english("chain-analysis");
    let of = |kind: &str| values(&[("behavior-kind", text(kind))]);
    assert!(chain.touches_safety(&of("hurt-self")));
    assert!(!chain.touches_safety(&of("argument")) && !chain.touches_safety(&Values::new()));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_is_filled_in_is_held_against_its_field() {
    let chain = english("chain-analysis");
    let link = |kind: &str| values(&[("kind", text(kind)), ("what", text("Alone at home"))]);
    let good = values(&[
        ("behavior", text("Shouted\nand left")),
        ("links", Noted::Rows(vec![link("thought"), link("body")])),
    ]);
    assert_eq!(chain.check_values(&good, true), Ok(()));
    let sleep = english("sleep-diary");
    let night = [("bed", text("22:30")), ("rise", text("06:30"))];
    assert_eq!(sleep.check_values(&values(&night), true), Ok(()));
    let senses = |ids: &[&str]| Noted::Chosen(ids.iter().map(|id| (*id).to_owned()).collect());
    let ground = english("grounding-5-4-3-2-1");
    let cases: Vec<(&Skill, &str, Noted, Option<&str>, Fault)> = vec![
        (chain, "nothing", text("x"), None, Fault::UnknownItem),
        (
            chain,
            "behavior",
            Noted::Number(1),
            Some("behavior"),
            Fault::WrongKind,
        ),
        (
            chain,
            "behavior",
            text(&"x".repeat(4001)),
            Some("behavior"),
            Fault::TooLong,
        ),
        (
            chain,
            "behavior",
            text("a\u{7}"),
            Some("behavior"),
            Fault::ControlCharacter,
        ),
        (
            chain,
            "behavior",
            text("  "),
            Some("behavior"),
            Fault::Required,
        ),
        (
            chain,
            "behavior-kind",
            text("other-one"),
            Some("behavior-kind"),
            Fault::NotAnOption,
        ),
        (
            chain,
            "links",
            Noted::Rows(vec![values(&[("kind", text("body"))])]),
            Some("links.what"),
            Fault::Required,
        ),
        (
            chain,
            "links",
            Noted::Rows(vec![values(&[("who", text("x"))])]),
            None,
            Fault::UnknownItem,
        ),
        (
            chain,
            "links",
            Noted::Rows(vec![link("body"); 21]),
            Some("links"),
            Fault::OutOfRange,
        ),
        (
            ground,
            "here-after",
            Noted::Number(11),
            Some("here-after"),
            Fault::OutOfRange,
        ),
        (
            ground,
            "here-after",
            Noted::Number(-1),
            Some("here-after"),
            Fault::OutOfRange,
        ),
        (
            ground,
            "senses",
            senses(&["see", "see"]),
            Some("senses"),
            Fault::Repeated,
        ),
        (
            ground,
            "senses",
            senses(&["sight"]),
            Some("senses"),
            Fault::NotAnOption,
        ),
        (sleep, "bed", text("24:00"), Some("bed"), Fault::OutOfRange),
        (sleep, "bed", text("9:05"), Some("bed"), Fault::OutOfRange),
    ];
    for (skill, field, noted, at, fault) in cases {
        let mut bad = if skill.id == chain.id {
            good.clone()
        } else if skill.id == sleep.id {
            values(&night)
        } else {
            Values::new()
        };
        bad.insert(field.to_owned(), noted);
        let error = skill.check_values(&bad, true).expect_err(field);
        assert_eq!(
            (error.field.as_deref(), error.fault),
            (at, fault),
            "{field}"
        );
    }
}

#[test]
fn what_was_filled_in_reads_as_lines() {
    let chain = values(&[
        (
            "links",
            Noted::Rows(vec![
                values(&[("what", text("No call")), ("kind", text("event"))]),
                values(&[
                    ("what", text("Tight chest")),
                    ("next-time", text("Breathe")),
                ]),
            ]),
        ),
        ("behavior-kind", text("shut-down")),
        ("of-a-newer-app", Noted::Number(3)),
    ]);
    let lines_of = |id: &str, language| lines(shipped(id, language), &chain, language);
    let told = lines_of("chain-analysis", Language::English);
    let told: Vec<_> = told
        .iter()
        .map(|line| (line.label.as_str(), line.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("What was it about?", "I shut down or stayed away"),
            (
                "The links, one after the other",
                "1. What kind of link? Something that happened; What was it? No call\n\
                 2. What was it? Tight chest; What could you do here next time? Breathe"
            ),
            ("of-a-newer-app", "3"),
        ]
    );
    let spanish = lines_of("chain-analysis", Language::Spanish);
    assert_eq!(spanish[0].text, "Me cerré o me alejé");
    // Without the skill nothing is lost.
    assert_eq!(lines(None, &chain, Language::English).len(), 3);
    let night = values(&[
        ("bed", text("23:00")),
        ("latency", Noted::Number(60)),
        ("rise", text("07:00")),
    ]);
    let night = lines(Some(english("sleep-diary")), &night, Language::English);
    assert_eq!(night[1].text, "60 minutes");
    assert_eq!(night[3].text, "88 %");
    assert!(night[3].label.contains("88"), "{}", night[3].label);
}

#[test]
fn a_clinic_adds_skills_of_its_own() {
    let mut world = World::riverbend();
    let shipped = shipped_all(Language::English).len();
    let ids = |world: &World, language| -> Vec<String> {
        let list = world.library.skills(language).into_iter();
        list.map(|skill| skill.id.clone()).collect()
    };
    assert_eq!(ids(&world, Language::English).len(), shipped);
    world.library(Body::Skill(published(
        Language::English,
        own("window", "At the window"),
    )));
    // Under the name of one that ships it is not believed, even when an older console let it through.
    world.library(Body::Skill(published(
        Language::English,
        own("quick-calm", "No caution"),
    )));
    assert_eq!(ids(&world, Language::English).len(), shipped + 1);
    assert!(
        !world
            .library
            .skill("quick-calm", Language::English)
            .expect("ships")
            .cautions
            .is_empty()
    );
    // A language that the clinic has no words in shows the other one.
    assert_eq!(
        world.library.skill_title("window", Language::Spanish),
        "At the window"
    );
    world.library(Body::Skill(published(
        Language::Spanish,
        own("window", "En la ventana"),
    )));
    assert_eq!(
        world.library.skill_title("window", Language::Spanish),
        "En la ventana"
    );
    assert_eq!(
        world.library.skill_title("window", Language::English),
        "At the window"
    );
    assert_eq!(ids(&world, Language::Spanish).len(), shipped + 1);
    assert_eq!(world.library.skill_title("gone", Language::English), "gone");
    // The newest holds; a retired one leaves the lists and keeps its name.
    let mut retired = published(Language::English, own("window", "At the open window"));
    retired.retired = true;
    world.library(Body::Skill(retired));
    assert_eq!(ids(&world, Language::English).len(), shipped);
    assert_eq!(
        world.library.skill_title("window", Language::English),
        "At the open window"
    );
    let groups: Vec<_> = world
        .library
        .skills(Language::English)
        .iter()
        .map(|s| s.group)
        .collect();
    assert!(groups.is_sorted());
}

#[test]
fn a_clinics_skill_has_bounds() {
    type Spoil = fn(&mut Skill);
    let field = |id: &str, kind| Field {
        id: id.to_owned(),
        label: "A label".to_owned(),
        kind,
        required: false,
    };
    let full = || {
        let mut skill = own("window", "At the window");
        skill.guides = english("quick-calm").guides.clone();
        skill.fields = vec![
            field("a", FieldKind::Line),
            field("b", FieldKind::Scale { max: 10 }),
        ];
        skill
    };
    assert_eq!(full().check(), Ok(()));
    let cases: [(Spoil, SkillError); 14] = [
        (|s| s.id = "Window".to_owned(), SkillError::Name),
        (|s| s.id = String::new(), SkillError::Name),
        (|s| s.id = "w".repeat(65), SkillError::Name),
        (|s| s.title = " ".to_owned(), SkillError::Text),
        (|s| s.steps[0] = "x".repeat(1001), SkillError::Text),
        (|s| s.steps.clear(), SkillError::Size),
        (|s| s.minutes = 0, SkillError::Size),
        (|s| s.guides[0].rounds = 0, SkillError::Size),
        (|s| s.guides[1].phases[0].seconds = 7300, SkillError::Size),
        (|s| s.fields[1].id = "a".to_owned(), SkillError::Name),
        (
            |s| s.fields[1].kind = FieldKind::Scale { max: 0 },
            SkillError::Size,
        ),
        (
            |s| {
                s.fields[0].kind = FieldKind::Choice {
                    options: Vec::new(),
                }
            },
            SkillError::Size,
        ),
        (
            |s| {
                let inner = vec![s.fields[0].clone()];
                let rows = FieldKind::Rows { fields: inner };
                let mut row = s.fields[1].clone();
                row.kind = rows;
                s.fields[0].kind = FieldKind::Rows { fields: vec![row] };
            },
            SkillError::Field,
        ),
        (
            |s| {
                s.cautions = vec![Caution {
                    text: "Mind this.".to_owned(),
                    acknowledge: true,
                }];
            },
            SkillError::Field,
        ),
    ];
    for (at, (spoil, error)) in cases.into_iter().enumerate() {
        let mut bad = full();
        spoil(&mut bad);
        assert_eq!(bad.check(), Err(error), "case {at}");
    }
}

fn rated(skill: &str, before: u8, after: u8) -> Body {
    Body::HomeworkLogged(Logged {
        skill: Some(skill.to_owned()),
        distress_before: Some(before),
        distress_after: Some(after),
        ..Logged::of(Completion::Done)
    })
}

#[test]
fn effects_by_hand() {
    let mut care = Care::default();
    // Changes -10, -20, -30: mean -20, deviation 10, half width 4.303 * 10 / sqrt(3) = 24.84.
    for (before, after) in [(60, 50), (60, 40), (60, 30)] {
        care.patient(1, rated("paced-breathing", before, after));
    }
    let effects = skill_effects(&care.chart(), &Library::default(), Language::English);
    let change = effects[0].distress.expect("rated");
    let near = |one: Option<f64>, other: f64| (one.expect("there") - other).abs() < 0.01;
    assert_eq!(
        (change.n, effects[0].uses, effects[0].rank),
        (3, 3, Some(1))
    );
    assert!(near(Some(change.mean), -20.0));
    assert!(near(change.low, -44.84) && near(change.high, 4.84));
    assert_eq!(
        effects[0].note,
        "Used 3 times. Distress was 20 points lower after, on average."
    );
    let spanish = skill_effects(&care.chart(), &Library::default(), Language::Spanish);
    assert!(spanish[0].note.contains("bajó 20 puntos"));
    assert_eq!(spanish[0].title, "Respirar con ritmo");
}

#[test]
fn below_three_pairs_nothing_is_ranked() {
    let mut care = Care::default();
    let staff = care.staff(
        1,
        Body::HomeworkAssigned(Assigned {
            title: "Breathe".to_owned(),
            skill: Some("paced-breathing".to_owned()),
            due: date("2026-11-20"),
            times: 1,
            ..Assigned::default()
        }),
    );
    care.patient(2, rated("mindfulness", 90, 0));
    care.patient(3, rated("mindfulness", 90, 0));
    // Only one number, or not tried: no pair.
    let mut half = Logged::of(Completion::Done);
    half.skill = Some("mindfulness".to_owned());
    half.distress_before = Some(90);
    care.patient(4, Body::HomeworkLogged(half.clone()));
    half.completion = Completion::Not;
    half.distress_after = Some(0);
    care.patient(5, Body::HomeworkLogged(half));
    // A try of homework is one of its skill, with an urge and how helpful it was.
    care.patient(
        6,
        Body::HomeworkLogged(Logged {
            homework: Some(staff),
            urge_before: Some(8),
            urge_after: Some(3),
            helpfulness: Some(4),
            ..Logged::of(Completion::TriedDidNotHelp)
        }),
    );
    let of = |care: &Care| skill_effects(&care.chart(), &Library::default(), Language::English);
    let effects = of(&care);
    let list: Vec<_> = effects
        .iter()
        .map(|e| (e.skill.as_str(), e.uses, e.rank))
        .collect();
    assert_eq!(
        list,
        [("mindfulness", 3, None), ("paced-breathing", 1, None)]
    );
    let urge = effects[1].urge.expect("rated");
    assert!((urge.mean + 5.0).abs() < 1e-9 && urge.low.is_none());
    assert_eq!(
        (effects[1].distress, effects[1].helpfulness),
        (None, Some(4.0))
    );
    assert!(effects[0].note.starts_with("Used so far: 3."));
    let skills: Vec<_> = shipped_all(Language::English).iter().collect();
    assert!(best(&effects, &skills).is_empty());
    // The third pair ranks it.
    care.patient(7, rated("mindfulness", 50, 45));
    let effects = of(&care);
    assert_eq!((effects[0].rank, effects[0].uses), (Some(1), 4));
    assert_eq!(best(&effects, &skills)[0].id, "mindfulness");
}

#[test]
fn the_best_three_brought_relief_and_need_no_clinician() {
    let mut care = Care::default();
    let mut log = |skill: &str, change: u8, times: u8| {
        for turn in 0..times {
            care.patient(1, rated(skill, 60, 60 - change - turn % 2));
        }
    };
    log("mindfulness", 5, 9);
    log("exposure-ladder", 40, 9);
    log("urge-surfing", 20, 9);
    log("body-care", 1, 9);
    log("of-another-clinic", 30, 9);
    log("paced-breathing", 10, 9);
    for _ in 0..9 {
        care.patient(1, rated("acceptance", 20, 60));
    }
    let effects = skill_effects(&care.chart(), &Library::default(), Language::English);
    let order: Vec<_> = effects.iter().map(|e| e.skill.as_str()).collect();
    assert_eq!(
        order,
        [
            "exposure-ladder",
            "of-another-clinic",
            "urge-surfing",
            "paced-breathing",
            "mindfulness",
            "body-care",
            "acceptance",
        ]
    );
    assert!(effects[6].note.contains("40 points higher"));
    let skills: Vec<_> = shipped_all(Language::English).iter().collect();
    let best: Vec<_> = best(&effects, &skills)
        .iter()
        .map(|s| s.id.as_str())
        .collect();
    assert_eq!(best, ["urge-surfing", "paced-breathing", "mindfulness"]);
}

#[test]
fn a_large_relief_seen_seldom_waits() {
    let mut care = Care::default();
    for (before, after) in [(90, 0), (50, 50), (60, 10)] {
        care.patient(1, rated("mindfulness", before, after));
    }
    for _ in 0..20 {
        care.patient(1, rated("body-care", 50, 40));
    }
    let effects = skill_effects(&care.chart(), &Library::default(), Language::English);
    assert_eq!(effects[0].skill, "body-care");
    assert_eq!((effects[0].rank, effects[1].rank), (Some(1), Some(2)));
}

proptest! {
    #[test]
    fn intervals_hold_the_mean_and_ranks_have_no_gaps(
        tries in prop::collection::vec((0_usize..6, 0_u8..=100, 0_u8..=100, any::<bool>()), 0..60),
    ) {
        let mut care = Care::default();
        for (skill, before, after, done) in &tries {
            let mut log = Logged::of(if *done { Completion::Done } else { Completion::Not });
            log.skill = Some(shipped_all(Language::English)[*skill].id.clone());
            log.distress_before = Some(*before);
            log.distress_after = Some(*after);
            care.patient(1, Body::HomeworkLogged(log));
        }
        let effects = skill_effects(&care.chart(), &Library::default(), Language::English);
        let uses: u32 = effects.iter().map(|effect| effect.uses).sum();
        prop_assert_eq!(uses as usize, tries.iter().filter(|(.., done)| *done).count());
        let ranked = effects.iter().take_while(|effect| effect.rank.is_some()).count();
        for (place, effect) in effects.iter().enumerate() {
            let change = effect.distress.expect("each try is rated");
            prop_assert_eq!(effect.rank.is_some(), change.n >= LEAST_TO_RANK);
            if place < ranked {
                prop_assert_eq!(effect.rank, u32::try_from(place + 1).ok());
            } else {
                prop_assert!(effect.rank.is_none());
            }
            if let (Some(low), Some(high)) = (change.low, change.high) {
                prop_assert!((-100.0..=change.mean + 1e-9).contains(&low));
                prop_assert!((change.mean - 1e-9..=100.0).contains(&high));
            }
        }
    }

    #[test]
    fn what_was_noted_reads_back(number in any::<i64>(), line in ".{0,40}", yes in any::<bool>()) {
        let all = values(&[
            ("a", Noted::Number(number)),
            ("b", text(&line)),
            ("c", Noted::Yes(yes)),
            ("d", Noted::Chosen(vec![line.clone()])),
            ("e", Noted::Rows(vec![values(&[("f", text(&line))])])),
        ]);
        let json = serde_json::to_string(&all).expect("text keys");
        prop_assert_eq!(serde_json::from_str::<Values>(&json).expect("our own"), all);
    }
}
