//! A form of the demo clinic's own. Its words are ours, so that no licence is needed.

use handrail_care::checkin::{Answer, Answers};
use handrail_care::library::LicenceAcknowledged;
use handrail_care::patient::{DueRule, Enrolled};
use handrail_clinician::{Act, Clinician};
use handrail_companion::WholeCheckIn;
use serde_json::json;

use super::SeedError;

const FORM: &str = "week-look-back";

/// Takes it into use.
pub(super) fn publish(rowan: &mut Clinician, at: i64) -> Result<(), SeedError> {
    let option = |value: u32, display: &str| {
        let url = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
        json!({
            "extension": [{"url": url, "valueDecimal": value}],
            "valueCoding": {"display": display},
        })
    };
    let questionnaire = json!({
        "resourceType": "Questionnaire",
        "id": FORM,
        "version": "1",
        "title": "Looking back at the week",
        "status": "active",
        "copyright": "Riverbend IOP's own words.",
        "item": [
            {
                "linkId": "week", "type": "choice", "text": "How was the week, all in all?",
                "answerOption": [
                    option(0, "Hard"), option(1, "Mixed"), option(2, "Good"),
                ],
            },
            {
                "linkId": "hard", "type": "text", "text": "What was hard about it?",
                "enableWhen": [{
                    "question": "week", "operator": "=", "answerInteger": 0,
                }],
            },
            {"linkId": "days", "type": "integer", "text": "On how many days did you go out?"},
        ],
    });
    let act = Act::PublishQuestionnaire {
        questionnaire: questionnaire.to_string(),
        licence: LicenceAcknowledged {
            statement: "We wrote these questions ourselves.".to_owned(),
        },
    };
    rowan.act(act, "", at)?;
    Ok(())
}

/// What is asked of the patient who is asked more.
pub(super) fn asked() -> Vec<DueRule> {
    let mut rules = Enrolled::usual_check_ins();
    rules.push(DueRule {
        form: FORM.to_owned(),
        every_days: 7,
    });
    rules
}

/// A sheet of a week, counted from 0.
pub(super) fn sheet(week: u32) -> WholeCheckIn {
    let mut answers = Answers::default();
    let how = i64::from(week % 4).min(2);
    answers.set("week", Answer::Value(how));
    if how == 0 {
        let hard = "The bills, and two nights without sleep.";
        answers.set("hard", Answer::Text(hard.to_owned()));
    }
    answers.set("days", Answer::Value(i64::from(2 + week % 4)));
    WholeCheckIn {
        form: FORM.to_owned(),
        answers,
    }
}
