//! What the person sets: when it is quiet, how many a day, how long before, what the lock screen shows.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use crate::order::InOrder;
use crate::program::clock;
use crate::program::lead::{self, Lead};

/// Most reminders a day that can be set.
const MOST_A_DAY: u8 = 20;
/// Most leads before a session.
const MOST_LEADS: usize = 4;
/// The longest way to a session, in minutes.
const LONGEST_WAY: u16 = 240;
/// Minutes by which "later" can put a reminder off.
const SNOOZE: std::ops::RangeInclusive<u16> = 5..=240;

/// What a locked screen tells. Never a program's name, a questionnaire's or a symptom
/// (clinical.md, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockScreen {
    /// That there is something: nothing of what it is about.
    #[default]
    Neutral,
    /// What kind of thing: an appointment, a check-in, practice.
    Kind,
    /// That and when.
    Details,
}

/// Hours without reminders, on the phone's clock; over midnight when `to` is not after `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// From.
    #[serde(with = "clock")]
    pub from: NaiveTime,
    /// Up to, not including.
    #[serde(with = "clock")]
    pub to: NaiveTime,
}

/// All settings of reminders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Quiet hours, if any.
    pub quiet: Option<Quiet>,
    /// Most notifications a day, 1 to 20.
    pub per_day: u8,
    /// Leads before a session, ISO 8601 durations; none means no session reminder.
    pub session_leads: Vec<String>,
    /// Minutes on the way to a session in person, and back; 0 to 240.
    pub travel_minutes: u16,
    /// When check-ins are asked for, on the phone's clock.
    #[serde(with = "clock")]
    pub check_in_time: NaiveTime,
    /// When practice is, on the phone's clock.
    #[serde(with = "clock")]
    pub practice_time: NaiveTime,
    /// Minutes by which "later" puts a reminder off, 5 to 240.
    pub snooze_minutes: u16,
    /// What the lock screen shows.
    pub lock_screen: LockScreen,
}

impl Default for Settings {
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day");
        Self {
            quiet: Some(Quiet {
                from: hour(21),
                to: hour(8),
            }),
            per_day: 5,
            session_leads: lead::DEFAULTS.map(str::to_owned).to_vec(),
            travel_minutes: 30,
            check_in_time: hour(18),
            practice_time: hour(16),
            snooze_minutes: 30,
            lock_screen: LockScreen::Neutral,
        }
    }
}

/// What settings are refused for. The text of each is its stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Quiet hours that begin when they end would be the whole day.
    #[error("quiet-hours-out-of-range")]
    Quiet,
    /// Not 1 to 20 a day.
    #[error("per-day-out-of-range")]
    PerDay,
    /// More than four leads, one twice, or one that is no duration.
    #[error("lead-out-of-range")]
    Lead,
    /// More than 240 minutes on the way.
    #[error("travel-out-of-range")]
    Travel,
    /// Not 5 to 240 minutes.
    #[error("snooze-out-of-range")]
    Snooze,
}

impl Settings {
    /// Whether they can be used.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.quiet.is_some_and(|quiet| quiet.from == quiet.to) {
            return Err(SettingsError::Quiet);
        }
        if !(1..=MOST_A_DAY).contains(&self.per_day) {
            return Err(SettingsError::PerDay);
        }
        let mut leads = self.leads();
        let all_read = leads.len() == self.session_leads.len();
        leads.dedup_by_key(|lead| lead.elapsed());
        if !all_read || leads.len() < self.session_leads.len() || leads.len() > MOST_LEADS {
            return Err(SettingsError::Lead);
        }
        if self.travel_minutes > LONGEST_WAY {
            return Err(SettingsError::Travel);
        }
        if !SNOOZE.contains(&self.snooze_minutes) {
            return Err(SettingsError::Snooze);
        }
        Ok(())
    }

    /// The leads that can be read, longest first.
    pub(crate) fn leads(&self) -> Vec<Lead> {
        let mut leads: Vec<_> = self
            .session_leads
            .iter()
            .filter_map(|text| Lead::parse(text).ok())
            .collect();
        leads.order_by_key(|lead| std::cmp::Reverse(lead.elapsed()));
        leads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (&'a str, &'a dyn Fn(&mut Settings));

    #[test]
    fn what_does_not_fit_is_refused_by_its_code() {
        assert_eq!(Settings::default().check(), Ok(()));
        let refused = |change: &dyn Fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings
                .check()
                .map_err(|error| error.to_string())
                .err()
                .unwrap_or_default()
        };
        let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("noon");
        let cases: [Case<'_>; 9] = [
            ("quiet-hours-out-of-range", &|s| {
                s.quiet = Some(Quiet {
                    from: noon,
                    to: noon,
                });
            }),
            ("per-day-out-of-range", &|s| s.per_day = 0),
            ("per-day-out-of-range", &|s| s.per_day = 21),
            ("lead-out-of-range", &|s| {
                s.session_leads = vec!["1H".to_owned()];
            }),
            ("lead-out-of-range", &|s| {
                s.session_leads = vec!["PT60M".to_owned(), "PT1H".to_owned()];
            }),
            ("lead-out-of-range", &|s| {
                s.session_leads = (1..=5).map(|hours| format!("PT{hours}H")).collect();
            }),
            ("travel-out-of-range", &|s| s.travel_minutes = 241),
            ("snooze-out-of-range", &|s| s.snooze_minutes = 4),
            ("", &|s| s.session_leads.clear()),
        ];
        for (code, change) in cases {
            assert_eq!(refused(change), code);
        }
    }

    #[test]
    fn settings_of_an_older_app_keep_what_they_say() {
        let settings: Settings = serde_json::from_str(r#"{"per_day":3}"#).expect("settings");
        assert_eq!(settings.per_day, 3);
        assert_eq!(settings.quiet, Settings::default().quiet);
    }
}
