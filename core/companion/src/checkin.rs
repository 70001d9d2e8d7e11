//! Filling in a check-in: drafts, the safety entry, handing in, receipts.
//!
//! Owns what is kept while a form is half done (sealed under the local key) and when its entries are
//! written: one at a safety item as soon as it is answered, whatever the answer, and one at the end. A
//! form with a safety item that was skipped writes both at the end, so that the number of entries tells
//! nothing. Refuses to take anything back: leaving keeps what was written; an answer changed later is
//! written again.

use handrail_care::chart::{CheckIn, Fact};
use handrail_care::checkin::{self, Answer, Answers, Form, Status};
use handrail_care::due::{self, date_at};
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::patient::{CheckInWritten, Stage};
use handrail_mailbox::local::seal_local;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::CompanionError;
use crate::phone::beside::beside;
use crate::phone::save::{make_id, make_ids};
use crate::phone::{DAMAGED, Phone, secret};
use crate::store::{StoreError, Writer};
use crate::view::{self, CheckInDone, CheckInForm, CheckInReceipt, DueView, ScoreView, SentState};

/// A half-done check-in as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Draft {
    of: Id,
    form: String,
    version: String,
    started: i64,
    answers: Answers,
    /// The safety answers that the last safety entry carries; absent before the first.
    #[serde(default)]
    written: Option<Answers>,
}

/// A check-in to be written in one go (desk and tests; the apps ask question by question).
#[derive(Debug, Clone, PartialEq)]
pub struct WholeCheckIn {
    /// The form's id.
    pub form: String,
    /// All answers.
    pub answers: Answers,
}

fn form(id: &str) -> Result<&'static Form, CompanionError> {
    checkin::form(id).ok_or(CompanionError::NotFound)
}

fn version(form: &Form) -> String {
    form.version.clone().unwrap_or_default()
}

/// The answers to safety items only.
fn safety_answers(form: &Form, answers: &Answers) -> Answers {
    let items = checkin::safety_items(form).iter();
    let given =
        items.filter_map(|item| Some((item.link_id.clone(), answers.get(&item.link_id)?.clone())));
    Answers(given.collect())
}

impl Draft {
    fn begin(of: Id, form: &Form, now: i64) -> Self {
        Self {
            of,
            form: form.id.clone(),
            version: version(form),
            started: now,
            answers: Answers::default(),
            written: None,
        }
    }

    fn view(&self, form: &Form) -> CheckInForm {
        CheckInForm::new(self.of.to_string(), self.started, form, &self.answers)
    }

    fn entry(&self, stage: Stage, answers: Answers) -> Body {
        Body::CheckIn(CheckInWritten {
            of: self.of,
            form: self.form.clone(),
            version: self.version.clone(),
            stage,
            started: self.started,
            answers,
        })
    }
}

impl Phone {
    /// Check-ins due.
    pub fn due(&self, now: i64) -> Result<Vec<DueView>, CompanionError> {
        let due = due::check_ins(self.chart()?, date_at(now, &self.zone));
        Ok(due.into_iter().map(Into::into).collect())
    }

    fn drafts(&self) -> Result<Vec<Draft>, CompanionError> {
        let mut drafts = Vec::new();
        for (id, sealed) in self.store.drafts()? {
            let plain = secret::open(&self.key, &secret::draft_label(Id(id)), &sealed)?;
            drafts.push(serde_json::from_slice(&plain).map_err(|_| DAMAGED)?);
        }
        Ok(drafts)
    }

    fn draft(&self, check_in: &str) -> Result<Option<Draft>, CompanionError> {
        let of: Id = check_in.parse().map_err(|_| CompanionError::NotFound)?;
        Ok(self.drafts()?.into_iter().find(|draft| draft.of == of))
    }

    fn sealed_draft(&self, draft: &Draft) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(draft).expect("answers have text keys"));
        seal_local(&self.key, &secret::draft_label(draft.of), &plain)
    }

    /// Begins a check-in, or goes on with the one that was left within the same due span.
    pub fn start_check_in(&mut self, id: &str, now: i64) -> Result<CheckInForm, CompanionError> {
        self.care()?;
        let form = form(id)?;
        let drafts = self.drafts()?.into_iter().filter(|draft| draft.form == id);
        let (mut open, stale): (Vec<_>, Vec<_>) =
            drafts.partition(|draft| self.same_span(id, draft.started, now));
        let draft = open.pop().map_or_else(
            || Draft::begin(make_id(), form, now),
            |draft| refit(draft, form),
        );
        let sealed = self.sealed_draft(&draft);
        self.store.write(|w| {
            for old in open.iter().chain(&stale) {
                w.drop_draft(old.of.0)?;
            }
            w.put_draft(draft.of.0, &sealed)
        })?;
        Ok(draft.view(form))
    }

    /// Both instants lie in the span that this form is due in now; a form that is not due: on one day.
    fn same_span(&self, form: &str, started: i64, now: i64) -> bool {
        let (begun, today) = (date_at(started, &self.zone), date_at(now, &self.zone));
        let Ok(chart) = self.chart() else {
            return false;
        };
        let due = due::check_ins(chart, today);
        let span = due.iter().find(|due| due.form == form);
        span.map_or(begun == today, |span| (span.since..=today).contains(&begun))
    }

    /// Takes one answer (`None` takes it back). It is on the disk when this returns; at a safety item
    /// the safety entry is, too.
    pub fn answer(
        &mut self,
        check_in: &str,
        link_id: &str,
        value: Option<Answer>,
        now: i64,
    ) -> Result<CheckInForm, CompanionError> {
        let home = self.care()?;
        let mut draft = self.draft(check_in)?.ok_or(CompanionError::NotFound)?;
        let form = form(&draft.form)?;
        match value {
            Some(value) => {
                let one = Answers::from([(link_id, value.clone())]);
                checkin::check(form, &one).map_err(|error| view::refusal(&error))?;
                draft.answers.set(link_id, value);
            }
            None => {
                draft.answers.0.remove(link_id);
            }
        }
        let mut entries = Vec::new();
        let safety = safety_answers(form, &draft.answers);
        let is_safety = safety.get(link_id).is_some();
        if is_safety && draft.written.as_ref() != Some(&safety) {
            entries.push(draft.entry(Stage::Safety, draft.answers.clone()));
            draft.written = Some(safety);
        }
        let sealed = self.sealed_draft(&draft);
        self.save(home, now, entries, |w| w.put_draft(draft.of.0, &sealed))?;
        Ok(draft.view(form))
    }

    /// Hands a check-in in. Calling it again (after a crash, say) answers the same.
    pub fn submit(&mut self, check_in: &str, now: i64) -> Result<CheckInDone, CompanionError> {
        let home = self.care()?;
        if let Some(draft) = self.draft(check_in)? {
            let form = form(&draft.form)?;
            let entries = finished(&draft, form, &draft.answers)?;
            self.save(home, now, entries, |w| w.drop_draft(draft.of.0))?;
        }
        let of: Id = check_in.parse().map_err(|_| CompanionError::NotFound)?;
        let done = self.chart()?.check_in(of).filter(|of| of.is_complete());
        self.done(done.ok_or(CompanionError::NotFound)?)
    }

    /// Writes whole check-ins in one transaction; each has the entries that the apps would write.
    /// Returns their ids.
    pub fn write_check_ins(
        &mut self,
        whole: &[WholeCheckIn],
        now: i64,
    ) -> Result<Vec<String>, CompanionError> {
        let home = self.care()?;
        let entries_of = |whole: &[WholeCheckIn]| {
            let mut entries = Vec::with_capacity(2 * whole.len());
            let mut ids = Vec::with_capacity(whole.len());
            for (one, of) in whole.iter().zip(make_ids(whole.len())) {
                let form = form(&one.form)?;
                let draft = Draft::begin(of, form, now);
                entries.extend(finished(&draft, form, &one.answers)?);
                ids.push(draft.of.to_string());
            }
            Ok::<_, CompanionError>((entries, ids))
        };
        let (first, rest) = whole.split_at(whole.len() / 2);
        let (first, rest) = beside(whole.len(), || entries_of(first), || entries_of(rest));
        let ((mut entries, mut ids), (more, more_ids)) = (first?, rest?);
        entries.extend(more);
        ids.extend(more_ids);
        let nothing_else = |_: &Writer<'_>| Ok::<_, StoreError>(());
        self.save(home, now, entries, nothing_else)?;
        Ok(ids)
    }

    fn done(&self, check_in: &CheckIn) -> Result<CheckInDone, CompanionError> {
        let title = form(&check_in.last.value.form)?.title.clone();
        let result = check_in.result().cloned().ok_or(CompanionError::NotFound)?;
        let sent = self.sent(&check_in.last)?;
        Ok(CheckInDone::new(
            check_in.id.to_string(),
            title,
            result,
            sent,
        ))
    }

    /// How far an entry has come.
    pub fn sent<T>(&self, fact: &Fact<T>) -> Result<SentState, CompanionError> {
        let Some(at) = fact.place.received else {
            return Ok(SentState::OnThisPhone);
        };
        let opened = self.chart()?.opened_by(fact.id);
        Ok(opened.map_or(SentState::AtTheClinic { at }, |(staff, at)| {
            SentState::Opened {
                by: self.library.staff_name(staff),
                at,
            }
        }))
    }

    /// Check-ins written, newest first, at most `limit`.
    pub fn receipts(&self, limit: usize) -> Result<Vec<CheckInReceipt>, CompanionError> {
        let check_ins = self.chart()?.check_ins();
        check_ins
            .iter()
            .rev()
            .take(limit)
            .map(|check_in| self.receipt(check_in))
            .collect()
    }

    fn receipt(&self, check_in: &CheckIn) -> Result<CheckInReceipt, CompanionError> {
        let written = &check_in.last.value;
        let result = check_in.result().filter(|_| check_in.is_complete());
        Ok(CheckInReceipt {
            check_in: check_in.id.to_string(),
            form: written.form.clone(),
            title: checkin::form(&written.form)
                .map_or_else(|| written.form.clone(), |form| form.title.clone()),
            at: written.started,
            complete: check_in.is_complete(),
            score: result.and_then(|result| {
                Some(ScoreView {
                    total: result.total?.to_f64(),
                    prorated: result.status == Status::Prorated,
                })
            }),
            sent: self.sent(&check_in.last)?,
        })
    }
}

/// The entries that end a check-in with these answers.
fn finished(draft: &Draft, form: &Form, answers: &Answers) -> Result<Vec<Body>, CompanionError> {
    checkin::validate(form, answers).map_err(|error| view::refusal(&error))?;
    let answers = checkin::settled(form, answers);
    let mut entries = Vec::new();
    if !checkin::safety_items(form).is_empty() && draft.written.is_none() {
        entries.push(draft.entry(Stage::Safety, answers.clone()));
    }
    entries.push(draft.entry(Stage::Complete, answers));
    Ok(entries)
}

/// A draft begun with another version of the form keeps the answers that still fit.
fn refit(mut draft: Draft, form: &Form) -> Draft {
    if draft.version != version(form) {
        draft.answers.0.retain(|link_id, answer| {
            checkin::check(form, &Answers::from([(link_id.as_str(), answer.clone())])).is_ok()
        });
        draft.version = version(form);
    }
    draft
}
