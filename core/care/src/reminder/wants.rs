//! What there is to be reminded of, each with the time one would choose and the time it must fit into.

use chrono::{NaiveDate, NaiveTime};

use super::free::{instant, midnight, with_way};
use super::{About, Asked, DAY_MS, LeftOut, MINUTE_MS, PLAN_DAYS, Past, Why, silence};
use crate::chart::Chart;
use crate::due::{self, date_at, day_before, days_after};
use crate::homework::state::HomeworkState;
use crate::id::Id;
use crate::library::Library;
use crate::patient::DueRule;
use crate::program::{self, Session, SessionKind};
use crate::sessions::sessions;

/// A reminder whose time has passed before anybody knew of the thing comes this much from now.
const SOON_MS: i64 = 5 * MINUTE_MS;
/// Days planned beyond the horizon, so that the last slot can say that there is more.
const BEYOND_DAYS: i64 = 8;

/// What the words may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Say {
    Session { kind: SessionKind, start: i64 },
    CheckIn,
    Practice,
    Plan,
    FollowUp,
}

/// One thing to be reminded of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Want {
    pub about: About,
    /// What goes before what: smaller first.
    pub rank: u8,
    /// Follows the phone's clock.
    pub patient_time: bool,
    /// When one would choose.
    pub nominal: i64,
    /// Not before.
    pub open: i64,
    /// Before this.
    pub close: i64,
    /// Look before `nominal` first, then after it.
    pub backwards: bool,
    /// On which clock time the next day is tried when a day has no room.
    pub daily: Option<NaiveTime>,
    /// The time of it has passed: as soon as can be, and then it stays where it is held.
    pub late: bool,
    pub say: Say,
}

/// Everything wanted, what is impossible from the start, and the sessions of the time.
pub(super) struct Wants {
    pub list: Vec<Want>,
    pub left_out: Vec<LeftOut>,
    pub sessions: Vec<Session>,
    /// The end of the horizon.
    pub horizon: i64,
    /// The end of what is looked at.
    pub end: i64,
}

pub(super) fn wants(asked: &Asked<'_>) -> Wants {
    let horizon = asked.now.saturating_add(asked.days * DAY_MS);
    let end = horizon + BEYOND_DAYS * DAY_MS;
    let mut wants = Wants {
        list: Vec::new(),
        left_out: Vec::new(),
        // Yesterday's, whose way home may last into today, and those a lead's length behind the end.
        sessions: sessions(
            asked.chart,
            asked.library,
            asked.now - DAY_MS,
            end + 31 * DAY_MS,
        ),
        horizon,
        end,
    };
    of_sessions(asked, &mut wants);
    of_check_ins(asked, &mut wants);
    of_practice(asked, &mut wants);
    of_plans(asked, &mut wants);
    of_follow_ups(asked, &mut wants);
    let seen = |about: &About| matches!(asked.past.get(about), Some(Past::Rang));
    wants.list.retain(|want| !seen(&want.about));
    wants
        .left_out
        .retain(|left| !seen(&left.about) && left.at < horizon);
    for want in &mut wants.list {
        if let Some(Past::Snoozed(not_before)) = asked.past.get(&want.about) {
            want.rank = 0;
            want.nominal = *not_before;
            want.open = want.open.max(*not_before);
            want.backwards = false;
            want.late = *not_before <= asked.now;
        }
    }
    wants
}

fn of_sessions(asked: &Asked<'_>, wants: &mut Wants) {
    let leads = asked.settings.leads();
    for session in &wants.sessions {
        if !session.rings() || session.start <= asked.now {
            continue;
        }
        let about = |lead: &str| About::Session {
            session: session.id.clone(),
            start: session.start,
            lead: lead.to_owned(),
        };
        let leave_out = |about, at, why| LeftOut { about, at, why };
        if leads.is_empty() {
            let left = leave_out(about(""), session.start, Why::TurnedOff);
            wants.left_out.push(left);
            continue;
        }
        let day = date_at(session.start, &session.time_zone);
        let stopped = silence(asked.chart, day, super::Notice::Session).is_some();
        let rang = |text: &str| {
            matches!(
                asked.past.get(&about(text)),
                Some(Past::Rang | Past::Snoozed(_))
            )
        };
        let way = with_way(session, asked.settings.travel_minutes).0;
        let mut known = leads.iter().any(|lead| rang(lead.text()));
        for (place, lead) in leads.iter().enumerate() {
            let at = session.start - lead.elapsed().num_milliseconds();
            let is_last = place + 1 == leads.len();
            if at >= wants.end {
                continue;
            }
            if stopped {
                let left = leave_out(about(lead.text()), at, Why::CareStopped);
                wants.left_out.push(left);
                continue;
            }
            let snoozed = matches!(asked.past.get(&about(lead.text())), Some(Past::Snoozed(_)));
            let late = at <= asked.now;
            if late && !snoozed && (known || !is_last) {
                let left = leave_out(about(lead.text()), at, Why::TooLate);
                wants.left_out.push(left);
                continue;
            }
            known = true;
            wants.list.push(Want {
                about: about(lead.text()),
                rank: if is_last { 1 } else { 2 },
                patient_time: false,
                nominal: at,
                open: asked.now,
                close: leads.get(place + 1).map_or(way, |next| {
                    way.min(session.start - next.elapsed().num_milliseconds())
                }),
                // The last one rather before its time than after it, the ones before rather after it:
                // the day before, a group may stand in the way.
                backwards: is_last,
                daily: None,
                late,
                say: Say::Session {
                    kind: session.kind,
                    start: session.start,
                },
            });
        }
    }
}

/// Something that is open from the start of one day to the end of another, on the phone's clock. When its
/// time today has passed it is tomorrow's, unless the system holds it for later today: looking at the app
/// puts nothing off.
fn daily(asked: &Asked<'_>, about: About, days: (NaiveDate, NaiveDate), time: NaiveTime) -> Want {
    let (first, last) = days;
    let today = date_at(asked.now, asked.zone);
    let at = |date| instant(asked.zone, date, time);
    let mut nominal = at(first.max(today));
    let tomorrow = days_after(today, 1);
    if nominal <= asked.now && last > today {
        let today = asked.now + 1..midnight(asked.zone, tomorrow);
        let comes =
            matches!(asked.past.get(&about), Some(Past::Held(held)) if today.contains(held));
        if !comes {
            nominal = at(tomorrow);
        }
    }
    let say = match about {
        About::CheckIn { .. } => Say::CheckIn,
        About::FollowUp { .. } => Say::FollowUp,
        About::Plan { .. } => Say::Plan,
        _ => Say::Practice,
    };
    Want {
        about,
        rank: if say == Say::CheckIn { 3 } else { 4 },
        patient_time: true,
        nominal,
        open: midnight(asked.zone, first),
        close: midnight(asked.zone, days_after(last, 1)),
        backwards: false,
        daily: Some(time),
        late: nominal <= asked.now,
        say,
    }
}

fn of_check_ins(asked: &Asked<'_>, wants: &mut Wants) {
    let Some(enrolled) = asked.chart.enrolment().map(|fact| &fact.value) else {
        return;
    };
    let today = date_at(asked.now, asked.zone);
    let end = date_at(wants.end, asked.zone);
    let discharged = asked.chart.discharge().map(|fact| fact.value.date);
    // A form that has not come to this phone cannot be opened: nothing rings for it.
    let on_phone = |rule: &&DueRule| asked.library.form(&rule.form).is_some();
    for rule in enrolled.check_ins.iter().filter(on_phone) {
        let every = u64::from(rule.every_days.max(1));
        let span_ms = i64::from(rule.every_days).saturating_mul(DAY_MS);
        let done: Vec<NaiveDate> = asked
            .chart
            .completed(&rule.form)
            .filter(|fact| fact.value.started > asked.now - span_ms - 2 * DAY_MS)
            .map(|fact| date_at(fact.value.started, &fact.zone))
            .collect();
        let before = u64::try_from((today - enrolled.start_date).num_days()).unwrap_or(0);
        let mut since = days_after(enrolled.start_date, before / every * every);
        while since <= end && discharged.is_none_or(|last| since <= last) {
            let next = days_after(since, every);
            let until = day_before(next);
            let last = discharged.map_or(until, |last| last.min(until));
            let is_done = done.iter().any(|day| (since..=until).contains(day));
            if !is_done && last >= today {
                let about = About::CheckIn {
                    form: rule.form.clone(),
                    since,
                };
                let time = asked.settings.check_in_time;
                wants.list.push(daily(asked, about, (since, last), time));
            }
            if next == since {
                break;
            }
            since = next;
        }
    }
}

fn of_practice(asked: &Asked<'_>, wants: &mut Wants) {
    let today = date_at(asked.now, asked.zone);
    for homework in due::homework(asked.chart, asked.library, today) {
        if homework.due < today || homework.is_done() {
            continue;
        }
        let time = asked.settings.practice_time;
        // On days of the week each day rings by itself.
        for day in &homework.open_days {
            let about = About::Practice {
                homework: homework.id,
                day: Some(*day),
            };
            let want = daily(asked, about, (*day, *day), time);
            if want.open < wants.end {
                wants.list.push(want);
            }
        }
        if !homework.weekdays.is_empty() {
            continue;
        }
        // The day before, while there is time to practise; the last day when that is over.
        let given = date_at(homework.assigned_at, asked.zone);
        let first = day_before(homework.due).max(given).min(homework.due);
        let about = About::Practice {
            homework: homework.id,
            day: None,
        };
        let want = daily(asked, about, (first, homework.due), time);
        if want.open < wants.end {
            wants.list.push(want);
        }
    }
}

/// Plans that staff wrote and the patient has not said to have read: the entry of the revision that holds,
/// and when it was written (epoch milliseconds).
fn plans_to_read(chart: &Chart) -> Vec<(Id, i64)> {
    let waiting = chart.plans_to_read().into_iter();
    waiting.map(|waits| (waits.plan, waits.at)).collect()
}

/// Plans to be read, on the day that they came and the days after: once.
fn of_plans(asked: &Asked<'_>, wants: &mut Wants) {
    let today = date_at(asked.now, asked.zone);
    for (plan, written) in plans_to_read(asked.chart) {
        let first = date_at(written, asked.zone);
        let last = days_after(first, PLAN_DAYS);
        if last >= today {
            let about = About::Plan { plan };
            let time = asked.settings.practice_time;
            wants.list.push(daily(asked, about, (first, last), time));
        }
    }
}

fn of_follow_ups(asked: &Asked<'_>, wants: &mut Wants) {
    let today = date_at(asked.now, asked.zone);
    let end = date_at(wants.end, asked.zone);
    let dates = asked
        .chart
        .discharge()
        .and_then(|fact| program::follow_ups(fact.value.date).ok());
    for date in dates.into_iter().flatten() {
        if (today..=end).contains(&date) {
            let time = NaiveTime::from_hms_opt(10, 0, 0).expect("ten in the morning");
            let about = About::FollowUp { date };
            wants.list.push(daily(asked, about, (date, date), time));
        }
    }
}

/// As soon as can be, for something whose time has passed.
pub(super) fn soon(now: i64) -> i64 {
    (now + SOON_MS).div_euclid(MINUTE_MS) * MINUTE_MS
}

/// Days behind now in which the sessions of gone reminders are looked for, and ahead.
const LOOK_BACK_DAYS: i64 = 15;
const LOOK_AHEAD_DAYS: i64 = 400;

pub(super) fn gone(
    things: &[About],
    chart: &Chart,
    library: &Library,
    now: i64,
    zone: &str,
) -> Vec<Why> {
    let any_session = things
        .iter()
        .any(|about| matches!(about, About::Session { .. }));
    let (from, to) = (
        now - LOOK_BACK_DAYS * DAY_MS,
        now + LOOK_AHEAD_DAYS * DAY_MS,
    );
    let all = if any_session {
        sessions(chart, library, from, to)
    } else {
        Vec::new()
    };
    let any_practice = (things.iter()).any(|about| matches!(about, About::Practice { .. }));
    let homework = if any_practice {
        due::homework(chart, library, date_at(now, zone))
    } else {
        Vec::new()
    };
    let why = |about| gone_one(about, chart, &all, &homework, now, zone);
    things.iter().map(why).collect()
}

fn gone_one(
    about: &About,
    chart: &Chart,
    all: &[Session],
    homework: &[HomeworkState],
    now: i64,
    zone: &str,
) -> Why {
    let today = date_at(now, zone);
    let stopped = |date| silence(chart, date, about.notice()).is_some();
    match about {
        About::Session { session, start, .. } => {
            let found = all.iter().find(|known| known.id == *session);
            match found {
                Some(known) if !known.rings() => Why::Cancelled,
                Some(known) if known.start != *start => Why::Moved,
                _ if *start <= now => Why::Closed,
                _ if stopped(date_at(*start, zone)) => Why::CareStopped,
                _ => Why::Changed,
            }
        }
        About::CheckIn { form, since } => {
            let done = chart
                .completed(form)
                .any(|fact| date_at(fact.value.started, &fact.zone) >= *since);
            if done {
                Why::Done
            } else if chart.discharge().is_some() || stopped(*since) || stopped(today) {
                Why::CareStopped
            } else if *since < today {
                Why::Closed
            } else {
                Why::Changed
            }
        }
        About::Practice { homework: id, day } => {
            let Some(state) = homework.iter().find(|state| state.id == *id) else {
                return Why::TakenBack;
            };
            let last = day.unwrap_or(state.due);
            let tried = |day: NaiveDate| day >= today && !state.open_days.contains(&day);
            if state.is_done() || day.is_some_and(tried) {
                Why::Done
            } else if last < today {
                Why::Closed
            } else if stopped(today) {
                Why::CareStopped
            } else {
                Why::Changed
            }
        }
        About::Plan { plan } => {
            let waiting = plans_to_read(chart);
            let found = waiting.iter().find(|(id, _)| id == plan);
            if chart.acknowledged(*plan).is_some() {
                Why::Done
            } else if found.is_none() {
                // Erased, or another revision holds: also when it is late and could ring any minute.
                Why::TakenBack
            } else if found.is_some_and(|(_, at)| days_after(date_at(*at, zone), PLAN_DAYS) < today)
            {
                Why::Closed
            } else if stopped(today) {
                Why::CareStopped
            } else {
                Why::Changed
            }
        }
        About::FollowUp { date } if *date < today => Why::Closed,
        About::FollowUp { .. } | About::Keep { .. } => Why::Changed,
    }
}
