//! Performing acts: each writes entries, makes keys where it must, and queues what to ask of the
//! server. A refused act writes nothing.

use handrail_care::calendar;
use handrail_care::entry::{Body, Class};
use handrail_care::flag::{self, Flag};
use handrail_care::forms::ClinicForm;
use handrail_care::homework::HomeworkWithdrawn;
use handrail_care::id::Id;
use handrail_care::library::{QuestionnairePublished, StaffRemoved};
use handrail_care::patient::{DeviceLost, Enrolled, EpochBegan, Opened};
use handrail_care::plan::{PlanAgreed, PlanReviewed};
use handrail_care::program::schedule::{self, SessionChange};
use handrail_care::program::{Program, TrackChange};
use handrail_care::roster::{FamilyMember, Person};
use handrail_care::team::{Disposition, StaffNote};
use handrail_mailbox::directory::Role;
use handrail_mailbox::identity::Recipient;
use handrail_mailbox::invite::{Bundle, BundleMailbox, BundleRole, make_invite};
use handrail_mailbox::keyring::Keyring;
use handrail_wire::account::{Grant, NewMailboxes, Notice, RemoveStaff, RevokeDevice};
use handrail_wire::id::{EntryId, Identity, InviteId, MailboxId, PartyId, SubjectId};
use handrail_wire::invite::RevokeInvite;
use handrail_wire::sync::Offer;
use handrail_wire::{limits, path};
use serde_json::value::RawValue;

use crate::act::{Act, ActError, Done};
use crate::clinician::{Clinician, id_of, mailbox_of, new_id};
use crate::family::has_ended;
use crate::fold::unbase64;
use crate::outgoing::Outgoing;
use crate::replica::Replica;

const TEXT_MAX: usize = 4000;

fn text(text: &str) -> Result<(), ActError> {
    if text.trim().is_empty() || text.len() > TEXT_MAX {
        return Err(ActError::OutOfRange);
    }
    Ok(())
}

fn made(id: Id) -> Done {
    Done {
        id: Some(id),
        ..Done::default()
    }
}

impl Clinician {
    /// Performs an act at `now` (epoch milliseconds). `origin` is the server as phones reach it, for
    /// invite links.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each act, each a few lines"
    )]
    pub fn act(&mut self, act: Act, origin: &str, now: i64) -> Result<Done, ActError> {
        match act {
            Act::Open { patient, check_ins } => self.open(patient, &check_ins, now),
            Act::Dispose {
                patient,
                check_in,
                item,
                answer,
                triage,
                also,
                outcome,
                risk,
                mitigation,
            } => {
                text(&mitigation)?;
                let flags = self.flags(patient)?;
                let flag = flags
                    .iter()
                    .find(|flag| flag.check_in == check_in && flag.item == item)
                    .ok_or(ActError::NotFound)?;
                let repeats = flag::repeats(&flags, flag);
                if flag.answer != answer
                    || flag.triage.is_some_and(|level| level.rises_above(triage))
                    || also.iter().any(|other| !repeats.contains(other))
                {
                    return Err(ActError::FlagChanged);
                }
                let disposition = Disposition {
                    patient,
                    check_in,
                    item,
                    answer,
                    triage: flag.triage,
                    also,
                    outcome,
                    risk,
                    mitigation,
                };
                self.put(self.own.team, &Body::Disposition(disposition), now)
            }
            Act::NoteScoringFacts { patient, facts } => {
                if facts.is_empty() {
                    return Err(ActError::OutOfRange);
                }
                self.put(mailbox_of(patient), &Body::ScoringFacts(facts), now)
            }
            Act::AssignHomework { patient, homework } => {
                self.assign_homework(patient, homework, now)
            }
            Act::WithdrawHomework { patient, homework } => {
                let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
                if !chart.homework().iter().any(|fact| fact.id == homework) {
                    return Err(ActError::NotFound);
                }
                let withdrawn = HomeworkWithdrawn { homework };
                self.put(
                    mailbox_of(patient),
                    &Body::HomeworkWithdrawn(withdrawn),
                    now,
                )
            }
            Act::RevisePlan { patient, plan } => self.revise_plan(patient, plan, now),
            Act::WritePartOne { patient, plan } => self.write_part_one(patient, plan, now),
            Act::WritePartTwo { patient, plan } => self.write_part_two(patient, plan, now),
            Act::WriteSafetyPlan { patient, plan } => self.write_safety_plan(patient, plan, now),
            Act::AgreePlan {
                patient,
                plan,
                role,
            } => self.agree_plan(patient, PlanAgreed { plan, role }, now),
            Act::ReviewPlan {
                patient,
                plan,
                occasion,
                next,
            } => {
                let reviewed = PlanReviewed {
                    plan,
                    occasion,
                    next,
                };
                self.review_plan(patient, reviewed, now)
            }
            Act::OpenPlans { patient, plans } => self.open_plans(patient, &plans, now),
            Act::RateGoal { patient, rated } => self.rate_goal(patient, rated, now),
            Act::MarkHandOff { patient, marked } => self.mark_hand_off(patient, marked, now),
            Act::NoteFollowUp { patient, called } => self.note_follow_up(patient, called, now),
            Act::AddPatient {
                name,
                phone,
                born,
                track,
                start_date,
                weeks,
                join_link,
                check_ins,
            } => {
                let enrolled = Enrolled {
                    track,
                    start_date,
                    weeks,
                    join_link,
                    check_ins: check_ins.unwrap_or_else(Enrolled::usual_check_ins),
                };
                let person = Person {
                    care: new_id(),
                    name,
                    phone,
                    born,
                };
                self.add_patient(person, enrolled, now)
            }
            Act::Enrol {
                patient,
                track,
                start_date,
                weeks,
                join_link,
                check_ins,
            } => {
                let enrolled = Enrolled {
                    track,
                    start_date,
                    weeks,
                    join_link,
                    check_ins: check_ins.unwrap_or_else(|| self.asked_before(patient)),
                };
                self.enrol(patient, enrolled, now)
            }
            Act::AddFamilyMember {
                patient,
                name,
                relation,
                consented_at,
                how,
                guardian,
            } => {
                text(&name)?;
                let member = FamilyMember {
                    mailbox: new_id(),
                    of: patient,
                    name,
                    relation,
                    consented_at: consented_at.ok_or(ActError::ConsentMissing)?,
                    how,
                    guardian,
                    ended_at: None,
                };
                self.add_family_member(member, now)
            }
            Act::EndFamilyMember { member } => self.end_family_member(member, now),
            Act::ChooseEducation { member, pieces } => self.choose_education(member, pieces, now),
            Act::InviteToSession {
                member,
                session,
                join_link,
            } => self.invite_guest(member, &session, join_link, now),
            Act::WithdrawGuest { member, invitation } => {
                self.withdraw_guest(member, invitation, now)
            }
            Act::SetTheme { theme } => self.set_theme(theme, now),
            Act::PublishShipped { slugs } => self.publish_shipped(&slugs, now),
            Act::Invite { subject, on_screen } => self.invite(subject, on_screen, origin, now),
            Act::RevokeInvite { invite } => {
                let revoke = RevokeInvite {
                    invite: InviteId(invite.0),
                };
                self.requests
                    .push_back(Outgoing::post(path::INVITES_REVOKE, &revoke));
                self.requests.push_back(Outgoing::get(path::INVITES));
                Ok(Done::default())
            }
            Act::LoseDevice { subject, device } => self.lose_device(subject, device, now),
            Act::ChangeSession { track, change } => {
                self.check_change(track, &change)?;
                let changed = TrackChange { track, change };
                self.put(self.own.library, &Body::SessionChanged(changed), now)
            }
            Act::PlanSession {
                patient,
                mut session,
            } => {
                if session.id == Id::default() {
                    session.id = new_id();
                }
                session.session().map_err(|_| ActError::ScheduleInvalid)?;
                let id = session.id;
                self.put(mailbox_of(patient), &Body::OwnSession(session), now)?;
                Ok(made(id))
            }
            Act::MarkAttendance {
                patient,
                session,
                attendance,
                minutes,
            } => self.mark(patient, session, attendance, minutes, now),
            Act::SettleVisits { patient } => self.settle(patient, now),
            Act::Authorise {
                patient,
                authorisation,
            } => self.authorise(patient, authorisation, now),
            Act::NotePayerTold { told } => self.payer_told(told, now),
            Act::Pause {
                patient,
                from,
                reason,
                expected_back,
            } => self.pause(patient, from, reason, expected_back, now),
            Act::Resume { patient, date } => self.resume(patient, date, now),
            Act::CloseDays { days } => self.close_days(days, now),
            Act::Discharge {
                patient,
                date,
                reason,
            } => self.discharge(patient, date, reason, now),
            Act::CloseAccount { patient, on } => self.close_account(patient, on, now),
            Act::KeepAccount { patient } => self.keep_account(patient, now),
            Act::PublishEducation { education } => {
                text(&education.title)?;
                if education.slug.is_empty() || education.markdown.trim().is_empty() {
                    return Err(ActError::OutOfRange);
                }
                self.put(self.own.library, &Body::Education(education), now)
            }
            Act::PublishSkill { skill } => self.publish_skill(skill, now),
            Act::PublishQuestionnaire {
                questionnaire,
                licence,
            } => {
                let published = QuestionnairePublished {
                    questionnaire: RawValue::from_string(questionnaire)
                        .map_err(|_| ActError::FormRefused)?,
                    licence: Some(licence),
                };
                // The entry's id only stands in for a version that the file leaves out.
                ClinicForm::read(&published, Id::default()).map_err(|_| ActError::FormRefused)?;
                self.put(self.own.library, &Body::Questionnaire(published), now)
            }
            Act::SetCheckInPolicy { policy } => {
                policy
                    .check(&self.library)
                    .map_err(|_| ActError::OutOfRange)?;
                self.put(self.own.library, &Body::CheckInPolicy(policy), now)
            }
            Act::SetAlertPolicy { policy } => {
                if self.root_key.is_none() {
                    return Err(ActError::AdministratorOnly);
                }
                policy
                    .check(&self.library)
                    .map_err(|_| ActError::OutOfRange)?;
                self.put(self.own.team, &Body::AlertPolicy(policy), now)
            }
            Act::NoteAlert { told } => self.note_alert(told, now),
            Act::DescribeClinic { clinic } => {
                text(&clinic.name)?;
                calendar::check_zone(&clinic.time_zone).map_err(|_| ActError::ScheduleInvalid)?;
                self.put(self.own.library, &Body::Clinic(clinic), now)
            }
            Act::SetProgram { mut program } => {
                text(&program.name)?;
                if program.weekly_minimum > Some(Program::MOST_MINIMUM) {
                    return Err(ActError::OutOfRange);
                }
                calendar::check_zone(&program.time_zone).map_err(|_| ActError::ScheduleInvalid)?;
                if program.id == Id::default() {
                    program.id = new_id();
                }
                let id = program.id;
                self.put(self.own.library, &Body::Program(program), now)?;
                Ok(made(id))
            }
            Act::SetTrack { mut track } => {
                text(&track.name)?;
                if track.id == Id::default() {
                    track.id = new_id();
                }
                schedule::occurrences(&track.schedule, &[])
                    .map_err(|_| ActError::ScheduleInvalid)?;
                let id = track.id;
                self.put(self.own.library, &Body::Track(track), now)?;
                Ok(made(id))
            }
            Act::Note {
                patient,
                text: note,
            } => {
                text(&note)?;
                self.roster
                    .person(patient)
                    .ok_or(ActError::PatientUnknown)?;
                let note = StaffNote {
                    patient,
                    text: note,
                };
                self.put(self.own.team, &Body::StaffNote(note), now)
            }
            Act::RemoveStaff { staff } => self.remove_staff(staff, now),
        }
    }

    pub(crate) fn put(
        &mut self,
        mailbox: MailboxId,
        body: &Body,
        now: i64,
    ) -> Result<Done, ActError> {
        self.write(mailbox, body, now).map(|(id, _)| made(id))
    }

    /// Marks what this clinician opened; entries that somebody opened already are left out.
    fn open(&mut self, patient: Id, check_ins: &[Id], now: i64) -> Result<Done, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        let entries: Vec<_> = check_ins
            .iter()
            .filter_map(|id| chart.check_in(*id))
            .flat_map(|check_in| check_in.entries().map(|fact| fact.id).collect::<Vec<_>>())
            .filter(|entry| !chart.was_opened(*entry))
            .collect();
        if entries.is_empty() {
            return Ok(Done::default());
        }
        // Whoever reads a patient's check-ins also writes what the front desk marked since.
        self.settle(patient, now)?;
        self.put(mailbox_of(patient), &Body::Opened(Opened { entries }), now)
    }

    fn flags(&self, patient: Id) -> Result<Vec<Flag>, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        Ok(flag::flags(patient, chart, &self.team, &self.library))
    }

    fn check_change(&self, track: Id, change: &SessionChange) -> Result<(), ActError> {
        let track = self.library.track(track).ok_or(ActError::NotFound)?;
        let mut changes = self.library.changes(track.id);
        let before = schedule::occurrences(&track.schedule, &changes)
            .map_err(|_| ActError::ScheduleInvalid)?
            .problems
            .len();
        changes.push(change.clone());
        let after = schedule::occurrences(&track.schedule, &changes)
            .map_err(|_| ActError::ScheduleInvalid)?
            .problems
            .len();
        if after > before {
            return Err(ActError::NotFound);
        }
        Ok(())
    }

    /// Refuses an unknown track or form, a day outside the calendar, and more weeks than a schedule has.
    pub(crate) fn check_enrolment(&self, enrolled: &Enrolled) -> Result<(), ActError> {
        self.library
            .track(enrolled.track)
            .ok_or(ActError::NotFound)?;
        let forms = enrolled
            .check_ins
            .iter()
            .all(|rule| rule.every_days > 0 && self.library.form(&rule.form).is_some());
        let weeks = (1..=schedule::MAX_WEEKS).contains(&enrolled.weeks);
        if !weeks || !forms || calendar::check_date(enrolled.start_date).is_err() {
            return Err(ActError::OutOfRange);
        }
        Ok(())
    }

    fn add_patient(
        &mut self,
        person: Person,
        enrolled: Enrolled,
        now: i64,
    ) -> Result<Done, ActError> {
        text(&person.name)?;
        self.check_enrolment(&enrolled)?;
        let care = person.care;
        self.make_mailbox(mailbox_of(care), Class::Care, &[])?;
        self.write(self.own.roster, &Body::Person(person), now)?;
        self.write(mailbox_of(care), &Body::Enrolled(enrolled), now)?;
        Ok(made(care))
    }

    /// Makes a mailbox with its first epoch, for the team and these recipients.
    pub(crate) fn make_mailbox(
        &mut self,
        mailbox: MailboxId,
        class: Class,
        phones: &[Recipient],
    ) -> Result<(), ActError> {
        let team = self.team_recipient().ok_or(ActError::PatientUnknown)?;
        self.replicas.insert(mailbox, Replica::new(mailbox, class));
        self.charts.entry(id_of(mailbox)).or_default();
        let new = NewMailboxes {
            mailboxes: vec![mailbox].into(),
        };
        self.requests
            .push_back(Outgoing::post(path::MAILBOXES, &new));
        let recipients: Vec<_> = std::iter::once(team)
            .chain(phones.iter().copied())
            .collect();
        self.new_epoch(mailbox, &recipients);
        Ok(())
    }

    pub(crate) fn grant(&mut self, subject: Id, mailbox: MailboxId, append: bool) {
        let grant = Grant {
            subject: SubjectId(subject.0),
            mailbox,
            append,
            withdrawn: false,
        };
        self.requests
            .push_back(Outgoing::post(path::GRANTS, &grant));
    }

    /// The team's public key of its current epoch.
    pub(crate) fn team_recipient(&self) -> Option<Recipient> {
        let keyring = &self.replicas.get(&self.own.team)?.keyring;
        let epoch = keyring.epochs().max()?;
        Some(keyring.derive_team_key(epoch)?.recipient())
    }

    /// Phones that named their keys in the mailbox itself. Left out: those cut off, and those whose
    /// word was sealed under an epoch that was over, since a cut-off phone still has old keys.
    pub(crate) fn phones(&self, subject: Id) -> Vec<Recipient> {
        let chart = self.charts.get(&subject);
        let replica = self.replicas.get(&mailbox_of(subject));
        let Some((chart, replica)) = chart.zip(replica) else {
            return Vec::new();
        };
        chart
            .devices()
            .filter(|fact| !replica.late.contains(&EntryId(fact.id.0)))
            .filter_map(|fact| {
                let identity =
                    Identity::try_from(unbase64(&fact.value.identity)?.as_slice()).ok()?;
                let recipient = Recipient::of_identity(&identity);
                (recipient.party.0 == fact.value.device.0).then_some(recipient)
            })
            .collect()
    }

    fn invite(
        &mut self,
        subject: Id,
        on_screen: bool,
        origin: &str,
        now: i64,
    ) -> Result<Done, ActError> {
        let class = self
            .replicas
            .get(&mailbox_of(subject))
            .filter(|replica| !has_ended(self, replica.mailbox()))
            .map(|replica| replica.class)
            .ok_or(ActError::PatientUnknown)?;
        self.check_open(subject, now)?;
        let mut mailboxes = vec![(mailbox_of(subject), true), (self.own.library, false)];
        let role = match class {
            Class::Care => {
                let family = self.roster.family_of(subject);
                mailboxes.extend(family.map(|member| (mailbox_of(member.mailbox), true)));
                BundleRole::Patient
            }
            Class::Family => BundleRole::Family,
            _ => return Err(ActError::PatientUnknown),
        };
        let mut keys = Vec::with_capacity(mailboxes.len());
        for (mailbox, _) in &mailboxes {
            let replica = self.replicas.get(mailbox).ok_or(ActError::PatientUnknown)?;
            replica.keyring.current().ok_or(ActError::PatientUnknown)?;
            keys.push(BundleMailbox {
                class: replica.class.as_str().to_owned(),
                keys: Keyring::from_bytes(&replica.keyring.to_bytes())
                    .map_err(|_| ActError::PatientUnknown)?,
            });
        }
        let grants = mailboxes.iter().map(|(mailbox, append)| Grant {
            subject: SubjectId(subject.0),
            mailbox: *mailbox,
            append: *append,
            withdrawn: false,
        });
        let bundle = Bundle {
            clinic_root: self.root(),
            clinic_name: self
                .library
                .clinic()
                .map_or_else(String::new, |clinic| clinic.name.clone()),
            origin: origin.to_owned(),
            subject: SubjectId(subject.0),
            role,
            mailboxes: keys,
            certificates: self.certificates(),
            extra: Vec::new(),
        };
        let life = if on_screen {
            limits::INVITE_SCREEN_MS
        } else {
            // A minute short of the server's limit, for clocks that differ a little.
            limits::INVITE_LINK_MS - 60_000
        };
        let expires_at = now + life;
        let made =
            make_invite(&bundle, expires_at, grants.collect()).map_err(|_| ActError::OutOfRange)?;
        let id = Id(made.new.invite.0);
        self.requests
            .push_back(Outgoing::post(path::INVITES, &made.new));
        self.requests.push_back(Outgoing::get(path::INVITES));
        Ok(Done {
            id: Some(id),
            link: Some(made.link.to_string()),
            code: Some(made.code.to_string()),
            expires_at: Some(expires_at),
        })
    }

    /// Certificates of present staff, so that a new phone can believe the first library entries.
    fn certificates(&self) -> Vec<handrail_mailbox::directory::Certificate> {
        self.library
            .staff_at_work()
            .filter_map(|staff| {
                let bytes = unbase64(&staff.certificate)?;
                handrail_mailbox::directory::Certificate::from_bytes(&bytes).ok()
            })
            .collect()
    }

    /// Cuts a phone off; then everything it could open gets a new epoch.
    fn lose_device(&mut self, subject: Id, device: Id, now: i64) -> Result<Done, ActError> {
        let id = self.cut_off(subject, device, now)?;
        let family: Vec<_> = self
            .roster
            .family_of(subject)
            .map(|member| member.mailbox)
            .collect();
        for subject in std::iter::once(subject).chain(family) {
            self.renew(subject, now)?;
        }
        Ok(made(id))
    }

    /// The `device-lost` entry, sealed under the epoch that the phone still has, so that it can read it.
    pub(crate) fn cut_off(&mut self, subject: Id, device: Id, now: i64) -> Result<Id, ActError> {
        let chart = self.charts.get(&subject).ok_or(ActError::PatientUnknown)?;
        if !chart.devices().any(|fact| fact.value.device == device) {
            return Err(ActError::NotFound);
        }
        let mailbox = mailbox_of(subject);
        let (id, sealed) = self.write(mailbox, &Body::DeviceLost(DeviceLost { device }), now)?;
        let revoke = RevokeDevice {
            party: PartyId(device.0),
            notice: Some(Notice {
                mailbox,
                entry: Offer {
                    id: EntryId(id.0),
                    sealed: sealed.into(),
                },
            }),
        };
        self.requests
            .push_back(Outgoing::post(path::DEVICES_REVOKE, &revoke));
        Ok(id)
    }

    /// A new epoch of a care or family mailbox for everyone who may still open it.
    pub(crate) fn renew(&mut self, subject: Id, now: i64) -> Result<(), ActError> {
        let mut recipients = vec![self.team_recipient().ok_or(ActError::PatientUnknown)?];
        recipients.extend(self.readers(subject, now));
        let epoch = self.new_epoch(mailbox_of(subject), &recipients);
        let began = Body::EpochBegan(EpochBegan { epoch });
        self.write(mailbox_of(subject), &began, now)?;
        Ok(())
    }

    fn remove_staff(&mut self, staff: Id, now: i64) -> Result<Done, ActError> {
        let root = self.root_key.as_ref().ok_or(ActError::AdministratorOnly)?;
        if staff == self.id() {
            return Err(ActError::LastAdministrator);
        }
        let party = PartyId(staff.0);
        if !self
            .directory
            .member(party)
            .is_some_and(|member| member.active)
        {
            return Err(ActError::NotFound);
        }
        let removal = root.remove(party);
        self.directory
            .remove(&removal)
            .map_err(|_| ActError::NotFound)?;
        self.requests
            .push_back(Outgoing::post(path::STAFF_REMOVE, &RemoveStaff { party }));
        let removed = StaffRemoved {
            id: staff,
            removal: crate::fold::base64(&removal.to_bytes()),
        };
        let (id, _) = self.write(self.own.library, &Body::StaffRemoved(removed), now)?;
        let (mut team, mut roster) = (Vec::new(), Vec::new());
        for (_, member) in self.directory.members().filter(|(_, member)| member.active) {
            let recipient = Recipient::of_identity(&member.identity);
            roster.push(recipient);
            if member.role != Role::FrontDesk {
                team.push(recipient);
            }
        }
        // The library keeps its epoch, boxed again under a name that counts.
        for recipient in roster.clone() {
            self.box_all_epochs(self.own.library, &recipient);
        }
        let sheet = self
            .team
            .recovery()
            .and_then(|recovery| unbase64(&recovery.public))
            .and_then(|public| <[u8; 32]>::try_from(public).ok())
            .map(Recipient::of_recovery);
        team.extend(sheet);
        self.new_epoch(self.own.team, &team);
        self.new_epoch(self.own.roster, &roster);
        let patients: Vec<_> = self
            .replicas
            .values()
            .filter(|replica| matches!(replica.class, Class::Care | Class::Family))
            .map(|replica| id_of(replica.mailbox()))
            .collect();
        for subject in patients {
            self.renew(subject, now)?;
        }
        Ok(made(id))
    }
}
