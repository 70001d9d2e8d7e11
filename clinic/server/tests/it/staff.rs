//! Set-up, accounts, phones in the hands of staff.

use handrail_wire::account::{
    Argon2Params, CloseAccount, NewStaff, Notice, NoticeResponse, RemoveStaff, RevokeDevice,
    SetupRequest, SetupState,
};
use handrail_wire::id::{MailboxId, PartyId, SubjectId};
use handrail_wire::path;
use handrail_wire::problem::Code;

use crate::harness::*;

const WEAK: &[(u32, u32, u32)] = &[(19455, 2, 1), (19456, 1, 1), (19456, 2, 0), (0, 0, 0)];
const BAD_LOGINS: &[&str] = &["", "Maya", "ma ya", "maya@clinic", "maÿa", "maya\n", "*"];

fn with_params(staff: &NewStaff, (memory_kib, passes, lanes): (u32, u32, u32)) -> NewStaff {
    NewStaff {
        params: Argon2Params {
            memory_kib,
            passes,
            lanes,
        },
        ..staff.clone()
    }
}

#[test]
fn set_up_needs_the_printed_code_and_happens_once() {
    let server = Server::start();
    let code = server.setup_code.clone().expect("not set up yet");
    let staff = new_staff("maya", false).account;
    let setup = |code: &str, staff: &NewStaff| {
        let request = SetupRequest {
            code: code.into(),
            staff: staff.clone(),
            mailboxes: vec![MailboxId(fresh()), MailboxId(fresh())].into(),
        };
        Ask::post(path::SETUP, &request)
    };
    let state = |server: &Server| {
        server
            .send(&Ask::get(path::SETUP))
            .message::<SetupState>()
            .done
    };
    assert!(!state(&server));
    for wrong in [
        "",
        "0000-0000-0000-0000-0000",
        &code[1..],
        &format!("{code}0"),
    ] {
        server.refuses(&setup(wrong, &staff), Code::SetupCodeWrong);
    }
    for weak in WEAK {
        server.refuses(
            &setup(&code, &with_params(&staff, *weak)),
            Code::WeakParameters,
        );
    }
    for login in BAD_LOGINS {
        let bad = NewStaff {
            login: (*login).into(),
            ..staff.clone()
        };
        server.refuses(&setup(&code, &bad), Code::LoginInvalid);
    }
    assert!(!state(&server));

    let typed = code.to_lowercase().replace('-', " ");
    let reply = server.send(&setup(&typed, &staff));
    assert_eq!(reply.status, 200, "{:?}", reply.code());
    assert!(state(&server));
    server.refuses(&setup(&code, &staff), Code::SetupDone);
    server.refuses(&setup("wrong", &staff), Code::SetupDone);

    // The first account is an administrator, whatever it said, and its session is open.
    let cookie = reply.cookie(path::COOKIE).expect("a session");
    let add = Ask::post(path::STAFF, &new_staff("omar", false).account)
        .header("Cookie", &format!("{}={cookie}", path::COOKIE));
    server.send(&add).done();
}

#[test]
fn accounts_are_added_by_administrators_with_their_own_names() {
    let clinic = Clinic::start();
    let by_admin = |staff: &NewStaff| Ask::post(path::STAFF, staff).by(&clinic.admin);
    let omar = new_staff("omar.k-2_b", false);
    clinic.send(&by_admin(&omar.account)).done();
    let before = clinic.server.dump();
    clinic.send(&by_admin(&omar.account)).done();
    assert_eq!(clinic.server.dump(), before, "the same account again");

    let same_name = new_staff("omar.k-2_b", false).account;
    clinic
        .server
        .refuses(&by_admin(&same_name), Code::LoginTaken);
    let same_keys = NewStaff {
        login: "lena".into(),
        ..omar.account.clone()
    };
    clinic
        .server
        .refuses(&by_admin(&same_keys), Code::LoginTaken);
    for weak in WEAK {
        let weak = with_params(&new_staff("lena", false).account, *weak);
        clinic
            .server
            .refuses(&by_admin(&weak), Code::WeakParameters);
    }
    for login in BAD_LOGINS {
        let bad = new_staff(login, false).account;
        clinic.server.refuses(&by_admin(&bad), Code::LoginInvalid);
    }
}

#[test]
fn removing_an_account_ends_its_sessions_at_once() {
    let clinic = Clinic::start();
    let omar = clinic.staff("omar", true);
    let remove = |party| Ask::post(path::STAFF_REMOVE, &RemoveStaff { party });
    let unknown = remove(PartyId(fresh())).by(&clinic.admin);
    clinic.server.refuses(&unknown, Code::StaffUnknown);
    let own = remove(clinic.admin.party()).by(&clinic.admin);
    clinic.server.refuses(&own, Code::NotAllowed);

    clinic.send(&remove(omar.party()).by(&clinic.admin)).done();
    clinic
        .server
        .refuses(&Ask::get(path::DEVICES).by(&omar), Code::NotAuthenticated);
    clinic.server.refuses(
        &Ask::post(path::LOGIN, &omar.login_request()),
        Code::LoginFailed,
    );
    // The name is free again.
    clinic.staff("omar", false);
}

#[test]
fn logging_out_ends_the_session_on_the_server_too() {
    let clinic = Clinic::start();
    let omar = clinic.staff("omar", false);
    let reply = clinic.send(&Ask::bytes(path::LOGOUT, Vec::new()).by(&omar));
    reply.done();
    assert_eq!(reply.cookie(path::COOKIE).as_deref(), Some(""));
    clinic
        .server
        .refuses(&Ask::get(path::DEVICES).by(&omar), Code::NotAuthenticated);
}

#[test]
fn grants_and_notices_need_a_mailbox_that_exists() {
    let clinic = Clinic::start();
    let phone = clinic.phone(clinic.library);
    let nowhere = grant(SubjectId(fresh()), MailboxId(fresh()), true);
    clinic.server.refuses(
        &Ask::post(path::GRANTS, &nowhere).by(&clinic.admin),
        Code::MailboxUnknown,
    );
    let revoke = |party, mailbox| {
        let notice = Notice {
            mailbox,
            entry: offer(80),
        };
        let revoke = RevokeDevice {
            party,
            notice: Some(notice),
        };
        Ask::post(path::DEVICES_REVOKE, &revoke).by(&clinic.admin)
    };
    let lost = revoke(phone.party(), MailboxId(fresh()));
    clinic.server.refuses(&lost, Code::MailboxUnknown);
    let unknown = revoke(PartyId(fresh()), clinic.library);
    clinic.server.refuses(&unknown, Code::DeviceUnknown);
}

#[test]
fn a_phone_cut_off_may_fetch_its_notice_and_nothing_else() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let phone = clinic.phone(mailbox);
    let bystander = clinic.phone(mailbox);
    let fetch = Ask::get(path::NOTICE).by(&phone);
    assert_eq!(clinic.send(&fetch).message::<NoticeResponse>().notice, None);

    let notice = Notice {
        mailbox,
        entry: offer(300),
    };
    let revoke = RevokeDevice {
        party: phone.party(),
        notice: Some(notice.clone()),
    };
    clinic
        .send(&Ask::post(path::DEVICES_REVOKE, &revoke).by(&clinic.admin))
        .done();
    let got = clinic.send(&fetch).message::<NoticeResponse>().notice;
    assert_eq!(got, Some(notice));
    let sync = sync_ask(vec![nothing(mailbox)]);
    clinic
        .server
        .refuses(&sync.clone().by(&phone), Code::DeviceRevoked);
    assert_eq!(clinic.send(&sync.by(&bystander)).status, 200);

    let devices = clinic.devices();
    let of = |party| {
        devices
            .iter()
            .find(|device| device.party == party)
            .expect("listed")
    };
    assert!(of(phone.party()).revoked_at.is_some());
    assert!(of(bystander.party()).revoked_at.is_none());
    assert_eq!(of(phone.party()).identity, phone.identity);
}

#[test]
fn a_closed_account_is_told_so_and_nothing_of_it_goes() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let phone = clinic.phone(mailbox);
    let bystander = clinic.phone(mailbox);
    let sync = sync_ask(vec![nothing(mailbox)]);
    let close = |at| {
        let subject = clinic
            .devices()
            .iter()
            .find(|device| device.party == phone.party())
            .expect("listed")
            .subject;
        let ask = Ask::post(path::ACCOUNTS_CLOSE, &CloseAccount { subject, at });
        clinic.send(&ask.by(&clinic.admin)).done();
    };
    let now = clinic.server.now();
    close(Some(now + 10 * MINUTE));
    let open = clinic.send(&sync.clone().by(&phone));
    assert_eq!(open.status, 200, "said ahead, not yet closed");
    clinic.server.later(11 * MINUTE);
    clinic
        .server
        .refuses(&sync.clone().by(&phone), Code::AccountClosed);
    assert_eq!(clinic.send(&sync.clone().by(&bystander)).status, 200);
    assert_eq!(clinic.devices().len(), 2, "the phone is still listed");
    close(None);
    assert_eq!(clinic.send(&sync.by(&phone)).status, 200, "open again");
}

#[test]
fn last_uses_are_kept_to_the_minute() {
    let clinic = Clinic::start();
    let phone = clinic.phone(clinic.library);
    clinic.server.later(90 * MINUTE);
    clinic.sync(&phone, vec![nothing(clinic.library)]);
    let admin = Staff {
        cookie: clinic.log_in(&clinic.admin),
        ..clinic.admin.clone()
    };
    let reply = clinic.send(&Ask::get(path::DEVICES).by(&admin));
    let devices = reply.message::<handrail_wire::account::Devices>().devices.0;
    let seen = devices[0].seen_at;
    assert_eq!(seen % MINUTE, 0);
    assert!(clinic.server.now() - seen < 2 * MINUTE);
}
