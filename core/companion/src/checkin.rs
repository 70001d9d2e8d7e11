//! Filling in a check-in: drafts, the safety entry, handing in, receipts.
//!
//! Owns what is kept while a form is half done (sealed under the local key) and when its entries are
//! written: one at a safety item as soon as it is answered, whatever the answer, and one at the end. A
//! form with a safety item that was skipped writes both at the end, so that the number of entries tells
//! nothing. Questions that follow a positive answer, when the clinic asks them, are part of the same two
//! entries (design, section 8). Refuses to take anything back: leaving keeps what was written; an answer
//! changed later is written again.

use handrail_care::chart::{CheckIn, Fact};
use handrail_care::checkin::{self, Answer, Answers, AsksBeside, Form, ScoringFacts};
use handrail_care::due::{self, date_at};
use handrail_care::entry::Body;
use handrail_care::forms::AnyForm;
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::patient::{CheckInWritten, FollowUp, Stage};
use handrail_mailbox::local::seal_local;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::CompanionError;
use crate::help::program_phone;
use crate::phone::beside::beside;
use crate::phone::save::{make_id, make_ids};
use crate::phone::{DAMAGED, Phone, secret};
use crate::store::{StoreError, Writer};
use crate::view::{
    self, CheckInDone, CheckInForm, CheckInReceipt, DueView, FollowUpForm, SafetyNotice, ScoreView,
    ScoringFact, ScoringQuestion, SentState,
};

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
    /// The questions that would follow, and what was answered to them; absent when the clinic asks none.
    #[serde(default)]
    follow_up: Option<FollowUp>,
}

/// A check-in to be written in one go (desk and tests; the apps ask question by question).
#[derive(Debug, Clone, PartialEq)]
pub struct WholeCheckIn {
    /// The form's id.
    pub form: String,
    /// All answers.
    pub answers: Answers,
}

/// Nothing asked yet of the questions that follow on this form, if any do.
fn follow_up(library: &Library, form: &Form) -> Option<FollowUp> {
    let asked = library.follow_up_of(form)?;
    Some(FollowUp {
        form: asked.id.clone(),
        version: version(asked),
        answers: Answers::default(),
    })
}

fn version(form: &Form) -> String {
    form.version.clone().unwrap_or_default()
}

/// The answers to safety items only.
fn safety_answers(form: &Form, answers: &Answers) -> Answers {
    let items = checkin::safety_items(form).iter();
    let given =
        items.filter_map(|item| Some((item.link_id.as_str(), answers.get(&item.link_id)?.clone())));
    given.collect()
}

impl Draft {
    fn begin(of: Id, form: &Form, follow_up: Option<FollowUp>, now: i64) -> Self {
        Self {
            of,
            form: form.id.clone(),
            version: version(form),
            started: now,
            answers: Answers::default(),
            written: None,
            follow_up,
        }
    }

    fn entry(&self, stage: Stage, answers: Answers) -> Body {
        Body::CheckIn(CheckInWritten {
            of: self.of,
            form: self.form.clone(),
            version: self.version.clone(),
            stage,
            started: self.started,
            answers,
            follow_up: self.follow_up.clone(),
        })
    }
}

impl Phone {
    /// Check-ins due.
    pub fn due(&self, now: i64) -> Result<Vec<DueView>, CompanionError> {
        let due = due::check_ins(self.chart()?, date_at(now, &self.zone));
        let due = self.library.offered(due, &self.language);
        Ok(due.into_iter().map(Into::into).collect())
    }

    /// A form that ships or that the clinic took into use, in the shell's language where we have it.
    fn form(&self, id: &str) -> Result<AnyForm, CompanionError> {
        let form = self.library.asked(id, &self.language);
        form.ok_or(CompanionError::NotFound)
    }

    /// Half-done check-ins that open. One that does not is passed over: it must not keep its owner from
    /// filling in another; [`Self::damaged_drafts`] tells of it.
    fn drafts(&self) -> Result<Vec<Draft>, CompanionError> {
        let stored = self.store.drafts()?;
        let open = |(id, sealed): &(_, Vec<u8>)| self.open_draft(Id(*id), sealed).ok();
        Ok(stored.iter().filter_map(open).collect())
    }

    fn open_draft(&self, id: Id, sealed: &[u8]) -> Result<Draft, CompanionError> {
        let plain = secret::open(&self.key, &secret::draft_label(id), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| DAMAGED)
    }

    /// How many half-done check-ins the disk has changed; one of a newer app is not among them.
    pub(crate) fn damaged_drafts(&self) -> Result<usize, CompanionError> {
        let stored = self.store.drafts()?;
        let damaged = |(id, sealed): &&(_, Vec<u8>)| {
            self.open_draft(Id(*id), sealed)
                .is_err_and(|error| error == DAMAGED)
        };
        Ok(stored.iter().filter(damaged).count())
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
        let home = self.care()?;
        let form = self.form(id)?;
        let asked = follow_up(&self.library, &form);
        let drafts = self.drafts()?.into_iter().filter(|draft| draft.form == id);
        let (mut open, stale): (Vec<_>, Vec<_>) =
            drafts.partition(|draft| self.same_span(id, draft.started, now));
        let draft = match open.pop() {
            Some(draft) => self.refit(draft, &form, asked),
            None => Draft {
                answers: form.initial_answers(),
                ..Draft::begin(make_id(), &form, asked, now)
            },
        };
        let sealed = self.sealed_draft(&draft);
        // What was answered to the questions that follow lies in the draft only: a check-in that nobody
        // will finish is written as it stands before its draft goes. Whatever was answered, where the
        // clinic asks such questions at all: the number of entries must not tell.
        let left = open.iter().chain(&stale);
        let entries = left
            .filter(|old| old.written.is_some() && old.follow_up.is_some())
            .map(|old| old.entry(Stage::Safety, old.answers.clone()))
            .collect();
        self.save(home, now, entries, |w, _| {
            for old in open.iter().chain(&stale) {
                w.drop_draft(old.of.0)?;
            }
            w.put_draft(draft.of.0, &sealed)
        })?;
        self.view(&draft, &form)
    }

    /// A draft begun with another version of its forms keeps the answers that still fit.
    fn refit(&self, mut draft: Draft, form: &Form, asked: Option<FollowUp>) -> Draft {
        if draft.version != version(form) {
            fitting(form, &mut draft.answers);
            draft.version = version(form);
        }
        let given = draft.follow_up.take().map(|before| before.answers);
        draft.follow_up = asked;
        if let Some(asked) = &mut draft.follow_up
            && let Some(form) = self.library.form(&asked.form)
        {
            asked.answers = given.unwrap_or_default();
            fitting(form, &mut asked.answers);
        }
        draft
    }

    fn view(&self, draft: &Draft, form: &Form) -> Result<CheckInForm, CompanionError> {
        let of = draft.of.to_string();
        let mut view = CheckInForm::new(of, draft.started, form, &draft.answers);
        if let Some(asked) = &draft.follow_up
            && (view.help_now || !asked.answers.0.is_empty())
        {
            let questions = self.form(&asked.form)?;
            view.follow_up = Some(FollowUpForm::new(&questions, &asked.answers));
            let safety = checkin::safety(&questions, &asked.answers);
            view.help_now |= checkin::any_positive(&safety);
        }
        if view.help_now {
            view.notice = Some(self.notice(draft.of, form, &draft.answers)?);
        }
        let facts = self.chart()?.scoring_facts();
        if let Some(asks) = checkin::asks_beside(form) {
            view.scoring = Some(ScoringQuestion::new(asks, facts, &self.language));
        }
        if let Some(item) = facts.left_out(form) {
            view.leave_out(item);
        }
        let marked = view.questions.iter().any(|question| question.safety);
        let at_once = checkin::words(&self.language, "notice.at-once").filter(|_| marked);
        view.at_once = at_once.map(str::to_owned);
        let to = program_phone(self, &self.library);
        view.not_watched = view::not_watched(&self.language, to.as_ref());
        Ok(view)
    }

    /// Keeps what the person says about themselves for the score of a check-in that is being filled in; saved
    /// when this returns. Refused for a form that does not ask it.
    pub fn tell_scoring_fact(
        &mut self,
        check_in: &str,
        fact: ScoringFact,
        now: i64,
    ) -> Result<CheckInForm, CompanionError> {
        let home = self.care()?;
        let mut draft = self.draft(check_in)?.ok_or(CompanionError::NotFound)?;
        let form = self.form(&draft.form)?;
        let said = ScoringFacts::from(fact);
        let fits = match checkin::asks_beside(&form) {
            Some(AsksBeside::Sex) => said.sex.is_some(),
            Some(AsksBeside::Work) => said.work.is_some(),
            None => false,
        };
        if !fits {
            return Err(CompanionError::NotFound);
        }
        if let Some(item) = said.left_out(&form) {
            draft.answers.0.remove(item);
        }
        let sealed = self.sealed_draft(&draft);
        let entries = vec![Body::ScoringFacts(said)];
        self.save(home, now, entries, |w, _| w.put_draft(draft.of.0, &sealed))?;
        self.view(&draft, &form)
    }

    /// What to tell beside help: which answers were written, who gets them, how far they have come.
    fn notice(
        &self,
        of: Id,
        form: &Form,
        answers: &Answers,
    ) -> Result<SafetyNotice, CompanionError> {
        let given = safety_answers(form, answers);
        let asked = given.0.keys().filter_map(|link_id| form.item(link_id));
        // The entry that went first with these answers, not the newest one of the check-in.
        let written = self.chart()?.check_in(of).and_then(|one| {
            let same = one
                .entries()
                .filter(|fact| safety_answers(form, &fact.value.answers) == given);
            same.min_by_key(|fact| fact.place.seq).or(Some(&one.last))
        });
        Ok(SafetyNotice::new(
            &self.language,
            asked.map(|item| item.text.clone()).collect(),
            program_phone(self, &self.library),
            written.map(|fact| self.sent(fact)).transpose()?,
        ))
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
        let form = self.form(&draft.form)?;
        take(&form, &mut draft.answers, link_id, value)?;
        let mut entries = Vec::new();
        let safety = safety_answers(&form, &draft.answers);
        let is_safety = safety.get(link_id).is_some();
        if is_safety && draft.written.as_ref() != Some(&safety) {
            entries.push(draft.entry(Stage::Safety, draft.answers.clone()));
            draft.written = Some(safety);
        }
        let sealed = self.sealed_draft(&draft);
        self.save(home, now, entries, |w, _| w.put_draft(draft.of.0, &sealed))?;
        self.view(&draft, &form)
    }

    /// Takes one answer to the questions that follow. It is on the disk when this returns, and part of
    /// the entry at the end.
    pub fn answer_follow_up(
        &mut self,
        check_in: &str,
        link_id: &str,
        value: Option<Answer>,
        now: i64,
    ) -> Result<CheckInForm, CompanionError> {
        let home = self.care()?;
        let mut draft = self.draft(check_in)?.ok_or(CompanionError::NotFound)?;
        let asked = draft.follow_up.as_mut().ok_or(CompanionError::NotFound)?;
        let questions = self.form(&asked.form)?;
        take(&questions, &mut asked.answers, link_id, value)?;
        let sealed = self.sealed_draft(&draft);
        self.save(home, now, Vec::new(), |w, _| {
            w.put_draft(draft.of.0, &sealed)
        })?;
        let form = self.form(&draft.form)?;
        self.view(&draft, &form)
    }

    /// Hands a check-in in. Calling it again (after a crash, say) answers the same.
    pub fn submit(&mut self, check_in: &str, now: i64) -> Result<CheckInDone, CompanionError> {
        let home = self.care()?;
        if let Some(draft) = self.draft(check_in)? {
            let form = self.form(&draft.form)?;
            let facts = self.chart()?.scoring_facts();
            let entries = finished(&draft, &form, &draft.answers, facts)?;
            self.save(home, now, entries, |w, _| w.drop_draft(draft.of.0))?;
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
        let (library, facts) = (&self.library, self.chart()?.scoring_facts());
        let entries_of = |whole: &[WholeCheckIn]| {
            let mut entries = Vec::with_capacity(2 * whole.len());
            let mut ids = Vec::with_capacity(whole.len());
            for (one, of) in whole.iter().zip(make_ids(whole.len())) {
                let form = library.asked(&one.form, "en");
                let form = form.ok_or(CompanionError::NotFound)?;
                let draft = Draft::begin(of, &form, follow_up(library, &form), now);
                entries.extend(finished(&draft, &form, &one.answers, facts)?);
                ids.push(draft.of.to_string());
            }
            Ok::<_, CompanionError>((entries, ids))
        };
        let (first, rest) = whole.split_at(whole.len() / 2);
        let (first, rest) = beside(whole.len(), || entries_of(first), || entries_of(rest));
        let ((mut entries, mut ids), (more, more_ids)) = (first?, rest?);
        entries.extend(more);
        ids.extend(more_ids);
        let nothing_else = |_: &Writer<'_>, _: &[Id]| Ok::<_, StoreError>(());
        self.save(home, now, entries, nothing_else)?;
        Ok(ids)
    }

    /// The language of words beside a score, when the clinic shows them to patients.
    fn words(&self) -> Option<&str> {
        (self.library.policy().show_severity).then_some(self.language.as_str())
    }

    fn done(&self, check_in: &CheckIn) -> Result<CheckInDone, CompanionError> {
        let written = &check_in.last.value;
        let form = self.form(&written.form)?;
        let result = self.library.result(self.chart()?, check_in);
        let result = result.ok_or(CompanionError::NotFound)?;
        let words = self.words();
        let sent = self.sent(&check_in.last)?;
        let (id, title) = (check_in.id.to_string(), form.title.clone());
        let mut done = CheckInDone::new(id, title, result, words, sent);
        if let Some(asked) = &written.follow_up
            && let Some(questions) = self.library.form_of(&asked.form, &asked.version)
        {
            let safety = checkin::safety(questions, &asked.answers);
            done.help_now |= checkin::any_positive(&safety);
        }
        if done.help_now {
            done.notice = Some(self.notice(check_in.id, &form, &written.answers)?);
        }
        Ok(done)
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
            .map(|check_in| self.receipt(&check_ins, check_in))
            .collect()
    }

    fn receipt(
        &self,
        check_ins: &[&CheckIn],
        check_in: &CheckIn,
    ) -> Result<CheckInReceipt, CompanionError> {
        let written = &check_in.last.value;
        let result = check_in
            .is_complete()
            .then(|| {
                self.library
                    .result_among(self.chart().ok()?, check_ins, check_in)
            })
            .flatten();
        let words = self.words();
        Ok(CheckInReceipt {
            check_in: check_in.id.to_string(),
            form: written.form.clone(),
            title: self.library.form_title(&written.form, &self.language),
            at: written.started,
            complete: check_in.is_complete(),
            score: result.and_then(|result| ScoreView::new(&result, words)),
            sent: self.sent(&check_in.last)?,
        })
    }
}

/// The entries that end a check-in with these answers.
fn finished(
    draft: &Draft,
    form: &Form,
    answers: &Answers,
    facts: ScoringFacts,
) -> Result<Vec<Body>, CompanionError> {
    let left_out = facts.left_out(form);
    checkin::validate_without(form, answers, left_out).map_err(|error| view::refusal(&error))?;
    let answers = checkin::settled(form, answers);
    let mut entries = Vec::new();
    if !checkin::safety_items(form).is_empty() && draft.written.is_none() {
        entries.push(draft.entry(Stage::Safety, answers.clone()));
    }
    entries.push(draft.entry(Stage::Complete, answers));
    Ok(entries)
}

/// Writes or takes back one answer.
fn take(
    form: &Form,
    answers: &mut Answers,
    link_id: &str,
    value: Option<Answer>,
) -> Result<(), CompanionError> {
    match value {
        Some(value) => {
            let one = Answers::from([(link_id, value.clone())]);
            checkin::check(form, &one).map_err(|error| view::refusal(&error))?;
            answers.set(link_id, value);
        }
        None => {
            answers.0.remove(link_id);
        }
    }
    Ok(())
}

/// Keeps the answers that fit a form.
fn fitting(form: &Form, answers: &mut Answers) {
    answers.0.retain(|link_id, answer| {
        checkin::check(form, &Answers::from([(link_id.as_str(), answer.clone())])).is_ok()
    });
}
