//! Sharing with family, on the patient's phone and on the family member's.

use handrail_care::family::copy::paragraphs;
use handrail_care::family::share::Share;
use handrail_care::family::{Item, Shared, SharedSession, words};
use handrail_care::reminder::Language;
use handrail_care::today::WallClock;

use super::{ClockTimes, EducationItem, SessionView};

/// What can be shared with a family member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SharedItemKind {
    /// Days and times of the group.
    SessionTimes,
    /// The transition plan.
    TransitionPlan,
    /// The safety plan.
    SafetyPlan,
    /// "How you can help me", in the patient's words.
    HowToHelp,
}

impl From<Item> for SharedItemKind {
    fn from(item: Item) -> Self {
        match item {
            Item::SessionTimes => Self::SessionTimes,
            Item::TransitionPlan => Self::TransitionPlan,
            Item::SafetyPlan => Self::SafetyPlan,
            Item::HowToHelp => Self::HowToHelp,
        }
    }
}

impl From<SharedItemKind> for Item {
    fn from(kind: SharedItemKind) -> Self {
        match kind {
            SharedItemKind::SessionTimes => Self::SessionTimes,
            SharedItemKind::TransitionPlan => Self::TransitionPlan,
            SharedItemKind::SafetyPlan => Self::SafetyPlan,
            SharedItemKind::HowToHelp => Self::HowToHelp,
        }
    }
}

/// A family member on the patient's sharing screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FamilyMemberView {
    /// Names the person.
    pub id: String,
    /// Name.
    pub name: String,
    /// Sister, partner.
    pub relation: String,
    /// A parent or guardian; sees no more than others.
    pub guardian: bool,
    /// When the patient consented to tell this person.
    pub consented_at: i64,
    /// The patient took the consent back; the clinic cuts the person's phones off.
    pub leaving: bool,
    /// Each item that can be shared, in the order of the screen.
    pub items: Vec<ShareView>,
    /// Sessions that this person is invited to.
    pub guests: Vec<SessionView>,
}

/// One item for one person.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ShareView {
    /// Which.
    pub kind: SharedItemKind,
    /// What it is called.
    pub title: String,
    /// What to read before sharing it.
    pub before: String,
    /// There is something to share.
    pub available: bool,
    /// As it is shared now.
    pub shared: Option<ShareNow>,
}

/// A sharing that stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ShareNow {
    /// Names the sharing, to take it back.
    pub id: String,
    /// Since when.
    pub at: i64,
    /// Until when.
    pub until: i64,
    /// The patient's own words, where they are what is shared.
    pub note: Option<String>,
    /// When the copy that holds was made: a changed plan is copied anew.
    pub copied_at: Option<i64>,
    /// How far it has come.
    pub progress: ShareProgress,
}

/// How far a sharing has come. It never says more than is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ShareProgress {
    /// Everything was taken back before: the clinic has to renew the keys first.
    WaitsForClinic,
    /// There is nothing to copy at present.
    NothingYet,
    /// Not sent yet.
    OnThisPhone,
    /// At the clinic's server, where the person's phone fetches it.
    AtTheClinic {
        /// Since when.
        at: i64,
    },
    /// The person has opened it.
    Opened {
        /// When, first.
        at: i64,
    },
}

/// What a person would read.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SharePreview {
    /// What it is called.
    pub title: String,
    /// What to read before sharing it.
    pub before: String,
    /// Questions that help to write it; none for what is copied.
    pub prompts: Vec<String>,
    /// `CommonMark` without HTML.
    pub text: String,
    /// Sessions, for their times.
    pub sessions: Vec<SharedSessionView>,
    /// A notice of the law that goes with it.
    pub notice: Option<String>,
}

/// A session in a shared list of times.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SharedSessionView {
    /// Start, epoch milliseconds.
    pub starts_at: i64,
    /// End, epoch milliseconds.
    pub ends_at: i64,
    /// It does not take place.
    pub cancelled: bool,
    /// On the clinic's clock.
    pub clinic_time: ClockTimes,
    /// On this phone's clock, when that shows another time.
    pub phone_time: Option<ClockTimes>,
}

/// An item that the patient shares with this family member.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SharedItem {
    /// Names the copy.
    pub id: String,
    /// Which item.
    pub kind: SharedItemKind,
    /// What it is called.
    pub title: String,
    /// `CommonMark` without HTML.
    pub text: String,
    /// Sessions, for their times.
    pub sessions: Vec<SharedSessionView>,
    /// When this copy was made.
    pub at: i64,
    /// Shown until then.
    pub until: i64,
    /// When it was opened here first; absent while it is new.
    pub opened_at: Option<i64>,
    /// A notice of the law, to be shown with it.
    pub notice: Option<String>,
}

/// The first screen of a family member's phone.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FamilyHome {
    /// What the patient shares now; it may be nothing.
    pub items: Vec<SharedItem>,
    /// Sessions that this person is invited to.
    pub guests: Vec<SessionView>,
    /// What the groups are about now.
    pub themes: Vec<ThemeView>,
    /// Pieces that the clinic chose for this person.
    pub chosen: Vec<EducationItem>,
    /// This phone gives no notice of anything.
    pub quiet: bool,
}

/// What the groups are about.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ThemeView {
    /// In a few words.
    pub title: String,
    /// A few sentences; may be empty.
    pub about: String,
    /// The skill that is practised.
    pub skill: Option<String>,
    /// First day, clinic time.
    pub from: String,
    /// Last day, clinic time.
    pub until: String,
    /// What to read with it.
    pub pieces: Vec<EducationItem>,
}

/// The text of a copy as `CommonMark`.
pub(crate) fn share_text(copy: &Shared) -> String {
    if copy.item.is_copied() {
        copy.text.clone()
    } else {
        paragraphs(&copy.text)
    }
}

/// A copy as its reader sees it.
pub(crate) fn shared_item(
    share: &Share<'_>,
    opened_at: Option<i64>,
    language: Language,
    zone: &str,
) -> SharedItem {
    let copy = &share.newest.value;
    SharedItem {
        id: share.newest.id.to_string(),
        kind: copy.item.into(),
        title: words::title(copy.item, language),
        text: share_text(copy),
        sessions: shared_sessions(&copy.sessions, zone),
        at: share.newest.at,
        until: copy.until,
        opened_at,
        notice: copy.part_two.then(|| words::part_two_notice(language)),
    }
}

/// Sessions with the clocks of the clinic and of a phone in `zone`.
pub(crate) fn shared_sessions(sessions: &[SharedSession], zone: &str) -> Vec<SharedSessionView> {
    let each = sessions.iter().map(|session| {
        let SharedSession { start, end, .. } = *session;
        let clinic = WallClock::of(&session.time_zone, start, end);
        let phone = WallClock::of(zone, start, end);
        let differs =
            (phone.date, phone.start, phone.end) != (clinic.date, clinic.start, clinic.end);
        SharedSessionView {
            starts_at: start,
            ends_at: end,
            cancelled: session.cancelled,
            clinic_time: clinic.into(),
            phone_time: differs.then(|| phone.into()),
        }
    });
    each.collect()
}
