//! Everyone asks everything of the server, with a message that is in order: only who asks decides.

use std::collections::BTreeSet;

use handrail_mailbox::identity::DeviceIdentity;
use handrail_mailbox::invite::{AccessToken, parse_link, redeem_request};
use handrail_mailbox::staff::DEFAULT;
use handrail_story::raw::seal::random;
use handrail_story::raw::{Actor, Answer, Shows, post, send};
use handrail_wire::account::{
    CloseAccount, Grant, LoginStart, NewMailboxes, NewStaff, RemoveStaff, RevokeDevice,
    SetupRequest,
};
use handrail_wire::encode;
use handrail_wire::id::{Digest, Identity, InviteId, MailboxId, PartyId, SubjectId};
use handrail_wire::invite::{NewInvite, RevokeInvite};
use handrail_wire::path::{self, Method, Route};
use handrail_wire::problem::Code;
use handrail_wire::sync::{SyncRequest, VERSION};

use crate::show;
use crate::table::Table;
use crate::world::{ACTORS, World, nothing};

const EXPECTED: &str = include_str!("endpoints.txt");
const NOTHING: &str = "/v1/nothing";

/// As the table says it.
fn word(answer: &Answer) -> String {
    if (200..300).contains(&answer.status) {
        return "ok".to_owned();
    }
    let code = answer.code();
    let code = code.unwrap_or_else(|| panic!("a refusal without a code: {}", answer.status));
    assert_eq!(answer.status, code.status());
    let word = match code {
        Code::NotAuthenticated => "who",
        Code::NotAllowed => "no",
        Code::DeviceRevoked => "cut",
        Code::AccountClosed => "closed",
        Code::SetupDone => "done",
        Code::NotFound => "absent",
        other => other.as_str(),
    };
    word.to_owned()
}

/// An account whose wrapped keys nobody opens.
fn account(login: &str) -> NewStaff {
    NewStaff {
        login: login.into(),
        identity: Identity(random()),
        salt: random(),
        params: DEFAULT,
        proof_digest: Digest(random()),
        wrapped: random::<96>().to_vec().into(),
        admin: false,
    }
}

fn invite() -> NewInvite {
    NewInvite {
        invite: InviteId(random()),
        subject: SubjectId(random()),
        proof_digest: Digest(random()),
        bundle: random::<200>().to_vec().into(),
        expires_at: handrail_story::now() + 60_000,
        grants: Vec::new().into(),
    }
}

/// What is asked about, made anew for each try by an administrator.
struct Victims<'a> {
    world: &'a mut World,
    phone: PartyId,
    number: usize,
}

impl Victims<'_> {
    fn by_administrator<T: minicbor::Encode<()>>(&self, path: &str, message: &T) {
        let shows = &self.world.actor("administrator").shows;
        let done = post(self.world.server.port(), path, shows, message);
        assert_eq!(done.status, 204, "{:?}", done.code());
    }

    fn login(&mut self) -> String {
        self.number += 1;
        format!("victim-{}", self.number)
    }

    /// A message for a route that would do what it says.
    fn message(&mut self, route: Route) -> Option<Vec<u8>> {
        let message = match route {
            Route::Watch
            | Route::Health
            | Route::SetupState
            | Route::Devices
            | Route::Notice
            | Route::Invites
            | Route::EnrolPage => return None,
            Route::Logout | Route::RedeemConfirm => Vec::new(),
            Route::Sync => encode(&SyncRequest {
                version: VERSION,
                mailboxes: vec![nothing(self.world.find("library").id)].into(),
            }),
            Route::SetUp => encode(&SetupRequest {
                code: self.world.server.setup_code().as_str().into(),
                staff: account("another"),
                mailboxes: Vec::new().into(),
            }),
            Route::LoginStart => encode(&LoginStart {
                login: "rowan".into(),
            }),
            Route::Login => {
                let clinician = self.world.actor("clinician").account.as_ref();
                encode(&clinician.expect("staff").request())
            }
            Route::StaffAdd => encode(&account(&self.login())),
            Route::StaffRemove => {
                let victim = account(&self.login());
                self.by_administrator(path::STAFF, &victim);
                let party = handrail_mailbox::identity::derive_party(&victim.identity);
                encode(&RemoveStaff { party })
            }
            Route::MailboxesMake => encode(&NewMailboxes {
                mailboxes: vec![MailboxId(random())].into(),
            }),
            Route::Grant => encode(&Grant {
                subject: SubjectId(random()),
                mailbox: self.world.find("care").id,
                append: true,
                withdrawn: false,
            }),
            Route::DeviceRevoke => encode(&RevokeDevice {
                party: self.phone,
                notice: None,
            }),
            Route::AccountClose => encode(&CloseAccount {
                subject: SubjectId(random()),
                at: Some(0),
            }),
            Route::InviteAdd => encode(&invite()),
            Route::InviteRevoke => {
                let victim = invite();
                self.by_administrator(path::INVITES, &victim);
                encode(&RevokeInvite {
                    invite: victim.invite,
                })
            }
            Route::Redeem => {
                let subject = self.world.patient;
                let (link, code) = self.world.clinic.invite(subject);
                let link = parse_link(&link).expect("our link");
                let (device, token) = (DeviceIdentity::make(), AccessToken::make());
                encode(&redeem_request(&link, &code, &device, &token).expect("our code"))
            }
        };
        Some(message)
    }
}

/// Everything in the database but when somebody was last seen.
fn dump(world: &World) -> Vec<String> {
    let database = world.server.data().join("handrail.sqlite");
    let database = rusqlite::Connection::open(database).expect("the database");
    let mut tables = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .expect("the schema");
    let names = tables.query_map([], |row| row.get::<_, String>(0));
    let names: Vec<_> = names
        .expect("tables")
        .map(|name| name.expect("text"))
        .collect();
    let mut all = Vec::new();
    for name in names {
        let mut rows = database
            .prepare(&format!("SELECT * FROM {name}"))
            .expect("a table");
        let columns: Vec<_> = rows.column_names().map(str::to_owned).collect();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let values = columns.iter().enumerate().map(|(at, column)| {
                let seen = matches!(column.as_str(), "seen_at" | "used_at") && name != "invites";
                let value: rusqlite::types::Value = row.get(at).expect("a value");
                (!seen).then_some(value)
            });
            all.push(format!("{name}: {:?}", values.collect::<Vec<_>>()));
        }
    }
    all.sort();
    all
}

#[test]
fn everyone_tries_every_endpoint() {
    let mut world = World::new();
    let port = world.server.port();
    let phone = {
        let (link, code) = world.clinic.invite(world.closed);
        // That account is closed, so the phone is enrolled by hand and never confirmed.
        let link = parse_link(&link).expect("our link");
        let (device, token) = (DeviceIdentity::make(), AccessToken::make());
        let redeem = redeem_request(&link, &code, &device, &token).expect("our code");
        let answer = post(port, path::REDEEM, &Shows::Nothing, &redeem);
        assert_eq!(answer.status, 200);
        device.party()
    };
    let expected = Table::parse(EXPECTED, 2);
    let routes = Route::ALL.iter().map(|route| {
        let method = route.method().as_str();
        (format!("{method} {}", route.path()), Some(*route))
    });
    let rows: Vec<_> = routes.chain([(format!("GET {NOTHING}"), None)]).collect();
    let mut found = Table {
        columns: ACTORS.map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    let mut victims = Victims {
        world: &mut world,
        phone,
        number: 0,
    };
    let mut refused = 0;
    for (row, route) in &rows {
        let mut cells = Vec::new();
        for name in ACTORS {
            let body = route.and_then(|route| victims.message(route));
            let method = route.map_or(Method::Get, Route::method).as_str();
            let path = route.map_or(NOTHING, Route::path);
            let before = dump(victims.world);
            let shows = &victims.world.actor(name).shows;
            let answer = send(port, method, path, shows, body.as_deref());
            let cell = word(&answer);
            if cell != "ok" {
                refused += 1;
                assert!(
                    before == dump(victims.world),
                    "{row} by {name} changed something"
                );
            }
            cells.push(cell);
            // A session that was ended is opened again.
            if let (Some(Route::Logout), Some(actor)) = (route, victims.world.actors.get_mut(name))
                && answer.status == 204
            {
                log_in_again(actor, port);
            }
        }
        found.rows.push((row.clone(), cells));
    }
    let title = "Who may do what at the server (tests/story/tests/access/endpoints.txt):";
    show("access-endpoints.txt", &found.print(title));
    assert_eq!(expected.differences(&found), Vec::<String>::new());
    assert!(refused > 100, "there was something to refuse: {refused}");

    // What this is worth: a wrong cell and a missing row are seen, and so is a change of the database.
    let (wrong, cell) = ("GET /v1/devices", "patient");
    let mut loose = found.clone();
    let at = expected.columns.iter().position(|name| name == cell);
    let row = loose.rows.iter_mut().find(|(name, _)| name == wrong);
    row.expect("a row").1[at.expect("a column")] = "ok".to_owned();
    assert_eq!(
        expected.differences(&loose),
        ["GET /v1/devices | patient: expected no, found ok"]
    );
    loose.rows.retain(|(name, _)| name != wrong);
    assert_eq!(expected.differences(&loose).len(), 1);
    let before = dump(&world);
    let shows = &world.actor("front-desk").shows;
    assert_eq!(post(port, path::INVITES, shows, &invite()).status, 204);
    assert!(before != dump(&world));
}

fn log_in_again(actor: &mut Actor, port: u16) {
    let account = actor.account.clone().expect("staff");
    actor.shows = account.log_in(port);
}

#[test]
fn every_endpoint_and_everyone_has_a_place_in_the_table() {
    let expected = Table::parse(EXPECTED, 2);
    assert_eq!(expected.columns, ACTORS);
    let written: BTreeSet<_> = expected.rows.iter().map(|(name, _)| name.clone()).collect();
    for route in Route::ALL {
        let row = format!("{} {}", route.method().as_str(), route.path());
        assert!(written.contains(&row), "{row}: who may?");
    }
    assert_eq!(
        written.len(),
        Route::ALL.len() + 1,
        "and one that is not there"
    );
}
