//! A phone told what to do line by line on standard input. Answers each line with `ok ...` once the core
//! says so, or `no CODE`.
//!
//! `handrail-faulty-phone FOLDER`. The core's folder is FOLDER/store, its key FOLDER/store.key.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use handrail_care::homework::Completion;
use handrail_companion::view::{AnswerValue, ArmedReminder, HomeworkTry, ReminderMeans, Standing};
use handrail_companion::{
    ArmerError, Companion, CompanionError, ReminderArmer, WholeCheckIn, armed_before_unlock,
};
use handrail_story::clinic::ZONE;

/// A system that takes every reminder.
struct Takes;

impl ReminderArmer for Takes {
    fn arm(&self, _: ArmedReminder) -> Result<(), ArmerError> {
        Ok(())
    }

    fn withdraw(&self, _: String) -> Result<(), ArmerError> {
        Ok(())
    }

    fn armed(&self) -> Result<Option<Vec<String>>, ArmerError> {
        Ok(None)
    }
}

fn code(error: &CompanionError) -> String {
    match error {
        CompanionError::NotSaved { code }
        | CompanionError::NotValid { code, .. }
        | CompanionError::ServerTrouble { code } => format!("{error}:{code}"),
        CompanionError::NeedsInvite { reason } => format!("{error}:{reason:?}"),
        CompanionError::InviteRefused { reason } => format!("{error}:{reason:?}"),
        _ => error.to_string(),
    }
}

fn standing(phone: &Companion) -> String {
    match phone.standing() {
        Standing::NotEnrolled => "not-enrolled".to_owned(),
        Standing::Enrolled { .. } => "enrolled".to_owned(),
        Standing::NeedsInvite { reason } => format!("needs-invite:{reason:?}"),
        Standing::CutOff => "cut-off".to_owned(),
        Standing::Closed => "closed".to_owned(),
    }
}

fn number(text: &str) -> AnswerValue {
    AnswerValue::Number {
        number: text.parse().expect("a number"),
    }
}

/// The half-done check-in of a form: its name and its answers.
fn draft(phone: &Companion, form: &str) -> Result<String, CompanionError> {
    let form = phone.start_check_in(form)?;
    let mut answers = Vec::new();
    for question in form.questions {
        if let Some(AnswerValue::Number { number }) = question.answer {
            answers.push(format!("{}={number}", question.link_id));
        }
    }
    Ok(format!("draft {} {}", form.check_in, answers.join(",")))
}

fn whole(count: usize) -> Vec<WholeCheckIn> {
    let sheet = |number: usize| {
        let answers = (1..=7).map(|item| (format!("q{item}"), (number + item) % 4));
        let answers = serde_json::json!(answers.collect::<std::collections::BTreeMap<_, _>>());
        WholeCheckIn {
            form: "gad7".to_owned(),
            answers: serde_json::from_value(answers).expect("answers"),
        }
    };
    (0..count).map(sheet).collect()
}

fn means() -> ReminderMeans {
    ReminderMeans {
        notifications: true,
        exact_alarms: true,
        free_slots: 60,
        language: "en".to_owned(),
        early_folder: None,
    }
}

/// The list that a phone reads before it was unlocked.
fn early(folder: &Path) -> String {
    let list = armed_before_unlock(&folder.to_string_lossy());
    let list = list.iter().map(|one| format!("{}@{}", one.id, one.at));
    list.collect::<Vec<_>>().join(",")
}

fn kept(minutes: u32) -> HomeworkTry {
    HomeworkTry {
        homework: None,
        skill: Some("paced-breathing".to_owned()),
        completion: Completion::Partly,
        distress_before: None,
        distress_after: None,
        helpfulness: None,
        minutes: Some(minutes),
        obstacle: None,
        note: None,
        practised_at: None,
        prompt: None,
        trigger: None,
        urge_before: None,
        urge_after: None,
        answers: Vec::new(),
        private_note: None,
    }
}

fn with(phone: &Companion, folder: &Path, words: &[&str]) -> Result<String, CompanionError> {
    Ok(match words {
        ["close"] => {
            phone.close();
            "close".to_owned()
        }
        ["standing"] => standing(phone),
        ["enrol", link, digits] => {
            phone.enrol(link, digits, "Phone", "desktop")?;
            "enrol".to_owned()
        }
        ["draft", form] => draft(phone, form)?,
        ["answer", of, item, value] => {
            phone.answer(of, item, Some(number(value)))?;
            format!("answer {of} {item} {value}")
        }
        ["submit", of] => {
            phone.submit(of)?;
            format!("submit {of}")
        }
        ["write", count] => {
            let done = phone.write_check_ins(&whole(count.parse().expect("a count")))?;
            format!("write {}", done.join(" "))
        }
        ["try", minutes] => {
            phone.keep_try(kept(minutes.parse().expect("minutes")))?;
            format!("try {minutes}")
        }
        ["tried"] => {
            let kept = phone.kept_try(None, Some("paced-breathing".to_owned()))?;
            let minutes = kept.and_then(|kept| kept.minutes).unwrap_or_default();
            format!("tried {minutes}")
        }
        ["time", time] => {
            let mut settings = phone.reminder_settings()?;
            (*time).clone_into(&mut settings.check_in_time);
            phone.set_reminder_settings(settings)?;
            format!("time {time}")
        }
        ["when"] => phone.reminder_settings()?.check_in_time,
        ["remind"] => {
            let done = phone.refresh_reminders(means(), Arc::new(Takes))?;
            format!("remind {} {}", done.before_unlock, early(folder))
        }
        ["early"] => early(folder),
        ["sync"] => {
            let report = phone.sync()?;
            let outcome = format!("{:?}", report.outcome);
            format!("sync {} {}", outcome.replace(' ', ""), early(folder))
        }
        ["export", file] => {
            phone.export_record(file)?;
            "export".to_owned()
        }
        ["erase"] => {
            phone.delete_everything(true)?;
            "erase".to_owned()
        }
        ["receipts"] => {
            let all = phone.check_ins(u32::MAX)?.into_iter();
            let complete = all.filter(|one| one.complete).map(|one| one.check_in);
            complete.collect::<Vec<_>>().join(" ")
        }
        ["status"] => {
            let status = phone.sync_status()?;
            format!(
                "{} {} {}",
                status.pending,
                status.faults.len(),
                status.quarantined.len()
            )
        }
        other => panic!("no such word: {other:?}"),
    })
}

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    let store = PathBuf::from(folder).join("store");
    let mut phone: Option<Arc<Companion>> = None;
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the parent speaks");
        let words: Vec<&str> = line.split(' ').collect();
        let done = if words == ["open"] {
            if let Some(phone) = phone.take() {
                phone.close();
            }
            let path = store.to_str().expect("temporary folders have plain names");
            Companion::open_on_desktop(path, ZONE).map(|opened| {
                let text = format!("open {}", standing(&opened));
                phone = Some(opened);
                text
            })
        } else {
            let phone = phone.as_ref().ok_or(CompanionError::Closed);
            phone.and_then(|phone| with(phone, &store, &words))
        };
        let answer = match done {
            Ok(text) => format!("ok {text}\n"),
            Err(error) => format!("no {}\n", code(&error)),
        };
        output
            .write_all(answer.as_bytes())
            .and_then(|()| output.flush())
            .expect("the parent listens");
    }
}
