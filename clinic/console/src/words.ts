/**
 * Every word for a code of the core or the server. A code never reaches the screen by itself; a unit
 * test reads the Rust files and fails when one has no words here.
 */

const PROBLEMS: Record<string, string> = {
  // The page and its worker.
  'server-unreachable': 'The clinic’s server cannot be reached. Check the network and try again.',
  'core-not-loaded': 'This page could not load completely. Reload it; if that does not help, tell your operator.',
  'unexpected-answer': 'Something other than the clinic’s server answered. A guest network or a proxy may be in between.',
  'nothing-asked': 'This step is out of order. Reload the page and start again.',

  // The server's problem codes (core/wire/src/problem.rs).
  'malformed-cbor': 'The server could not read the request. Reload the page.',
  'unexpected-shape': 'The server could not read the request. Reload the page.',
  'trailing-bytes': 'The server could not read the request. Reload the page.',
  'body-too-large': 'That was too much at once for the server.',
  'batch-too-large': 'That was too much at once for the server.',
  'not-cbor': 'The server could not read the request. Reload the page.',
  'unknown-version': 'This page and the server are of different versions. Reload the page.',
  'mailbox-twice': 'The server could not read the request. Reload the page.',
  'entry-twice': 'The server could not read the request. Reload the page.',
  'not-authenticated': 'You are not logged in any more.',
  'session-expired': 'Your session has ended. Log in again.',
  'device-revoked': 'This phone was cut off.',
  'not-allowed': 'You are not allowed to do this.',
  'cross-site': 'The server refused a request that seemed to come from another site.',
  'mailbox-unknown': 'The server does not know this record, or you may not open it.',
  'not-found': 'This is not there any more.',
  'method-not-allowed': 'The server does not know this request. Reload the page.',
  'seq-beyond-log': 'The server has less than it had before. It may be restoring a backup; try again in a minute.',
  'login-failed': 'Login name, passphrase and account secret do not fit together.',
  'too-many-tries': 'Too many tries for now. Wait a moment, then try again.',
  'login-taken': 'This login name is taken.',
  'login-invalid': 'A login name has letters a to z, digits, dots, hyphens and underscores.',
  'weak-parameters': 'The server asked for weak protection of your passphrase, and this page refused. Tell your operator.',
  'heavy-parameters': 'The server asked for more work than a browser can do. Tell your operator.',
  'setup-done': 'This clinic is set up already. Log in instead.',
  'setup-code-wrong': 'This is not the set-up code that the server printed.',
  'device-unknown': 'There is no such phone.',
  'staff-unknown': 'There is no such colleague.',
  'invite-unknown': 'The server does not know this invite.',
  'invite-wrong-code': 'The six digits are not right.',
  'invite-used': 'Another phone has used this invite.',
  'invite-expired': 'The time of this invite has passed. Make a new one.',
  'invite-revoked': 'This invite was taken back, or five wrong codes were tried.',
  'invite-invalid': 'The server refused this invite. Make a new one.',
  'signature-invalid': 'A signature does not fit its keys.',
  'request-timeout': 'The request took too long to arrive.',
  busy: 'The server is busy. It is tried again by itself.',
  stopping: 'The server is restarting. It is tried again by itself.',
  internal: 'Something went wrong that should not. Reload the page; if it stays, tell your operator.',

  // Ways in (core/clinician/src/entrance.rs).
  'passphrase-too-short': 'A passphrase needs at least 12 characters. Four or five words are good.',
  'name-missing': 'A name is missing.',
  'account-secret-malformed': 'This is not an account secret. It is printed on your account card.',
  'recovery-not-confirmed': 'Type the recovery sheet back first.',
  'root-key-missing': 'This account cannot admit colleagues.',

  // Acts (core/clinician/src/act.rs).
  'patient-unknown': 'There is no such patient, or the keys to the record have not arrived yet.',
  'out-of-range': 'A text is empty or too long, or a number is out of its range.',
  'schedule-invalid': 'These dates, times or the time zone do not fit together.',
  'consent-missing': 'The patient’s consent to tell this person must be recorded first.',
  'administrator-only': 'Only an administrator can do this.',
  'entry-too-large': 'This text is too long to be sent. Shorten it.',
  'flag-changed': 'The patient has answered again since. Look at the new answer first.',
  'still-enrolled': 'The patient has not been discharged, so the account cannot be closed.',
  'account-closed': 'This account is closed. Open it again first.',
  'plan-changed': 'The plan was changed since you opened it. Look at it again, then write.',
  'form-refused': 'This questionnaire cannot be used: its file is refused, its name is taken, it is too long, or its licence was not confirmed.',
  'skill-refused': 'This skill cannot be published: its name is taken, or one of its texts or numbers is empty or too large.',
  'last-administrator': 'The last administrator cannot be removed.',
  'entry-refused': 'The server did not take one of your entries. What you wrote is still on this screen; look at the record again.',

  // Bounds (core/care).
  'distress-out-of-range': 'Distress is a number from 0 to 100.',
  'helpfulness-out-of-range': 'Helpfulness is a number from 0 to 4.',
  'text-out-of-range': 'A text is empty where it must not be, or too long.',
  'number-out-of-range': 'A number is out of its range.',
  'urge-out-of-range': 'An urge is a number from 0 to 10.',
  'time-out-of-range': 'The time lies in the future, or more than 60 days back.',
  'weekdays-malformed': 'The days of the week do not fit the first day, the last day or the number of times.',
  'skill-not-assigned': 'This skill is done only when a clinician has given it.',
  'plan-id-repeated': 'Two lines of the plan have the same identifier. Reload the page and write again.',
  'problem-unknown': 'The plan names a problem that this version does not know. Reload the page.',
  'goal-level-out-of-range': 'A goal is rated from -2 to 2.',
  'plan-too-long': 'The plan has more than 50 lines in a section, or a line that is too long.',
  'plan-line-empty': 'A line of the plan has no name.',
  'bad-weeks': 'A schedule runs for 1 to 104 weeks.',
  'no-weekday': 'Choose at least one day of the week.',
  'duplicate-weekday': 'A day of the week is listed twice for the same time.',
  'too-many-patterns': 'There are too many weekly patterns.',
  'bad-duration': 'This length of time cannot be read.',
  'bad-time': 'This time of day cannot be read.',
  'unknown-time-zone': 'Handrail does not know this time zone.',
  'date-out-of-range': 'This date is out of range.',
  'bad-id': 'This address does not name a record.',
};

/** Why an entry is kept apart, or a mailbox is not believed. */
const FAULTS: Record<string, string> = {
  'entry-malformed': 'what it holds cannot be read',
  'entry-version-unknown': 'it was written by a newer version of Handrail; reload this page',
  'entry-body-malformed': 'what it holds cannot be read',
  'entry-not-allowed': 'its author may not write this kind of entry',
  'entry-id-mismatch': 'it names another entry than its place does',
  'entry-author-mismatch': 'it names another author than the one who signed it',
  'seal-too-short': 'it was cut short on its way or in the clinic’s database',
  'seal-unknown-version': 'it was sealed by a newer version of Handrail; reload this page',
  'seal-unknown-epoch': 'the key it was sealed with has not arrived here',
  'seal-not-authentic': 'it was altered after it was sealed',
  'seal-bad-padding': 'it was sealed wrongly',
  'seal-bad-signature': 'its signature does not fit',
  'seal-unknown-signer': 'it was signed by nobody this clinic knows',
  'box-not-mine': 'a key was sealed for someone else',
  'box-unknown-signer': 'a key came from nobody this clinic knows',
  'box-wrong-role': 'a key came from someone who may not hand out keys',
  'box-bad-signature': 'the signature of a key does not fit',
  'box-signer-removed': 'a key came from someone who has left the clinic',
  'box-not-authentic': 'a key was altered on its way',
  'box-epoch-zero': 'a key is numbered wrongly',
  'box-epoch-conflict': 'two different keys carry one number',
  'box-bad-recipient': 'a phone named keys that are no keys',
  'epoch-zero': 'a key is numbered wrongly',
  'epoch-conflict': 'two different keys carry one number',
  'keyring-malformed': 'a bundle of keys cannot be read',
  'certificate-malformed': 'a staff certificate cannot be read',
  'certificate-not-signed': 'a staff certificate is not signed by this clinic',
  'erased-without-word': 'the server says it was erased, but nobody of the clinic signed that',
  'chain-wrong-mailbox': 'the server answered about another record',
  'chain-rolled-back': 'the server showed an older state than before',
  'chain-head-mismatch': 'the server’s record does not fit together: something was dropped or swapped',
  'chain-generation': 'the server changed the record’s history without saying so',
  'chain-sequence': 'the server numbered entries wrongly',
  'chain-verdicts': 'the server answered about entries it was not asked about',
  'chain-repeated': 'the server showed an entry twice',
  'chain-altered': 'the server showed an entry other than the one written here',
  'chain-withheld': 'somebody was shown more of this record than this page',
  'chain-fork': 'two people were shown different histories of one record',
  'wrap-unknown-version': 'your keys were wrapped by a newer version of Handrail; reload this page',
  'wrap-not-authentic': 'the keys the server sent are not the ones that were kept there',
  'local-too-short': 'a local record was cut short',
  'local-unknown-version': 'a local record is of a newer version',
  'local-not-authentic': 'a local record was altered',
  'printed-wrong-length': 'letters are missing, or there are too many',
  'printed-wrong-letter': 'a letter is used that never occurs on the sheet',
  'printed-wrong-checksum': 'a letter is wrong somewhere',
  'invite-link-malformed': 'the invite link cannot be read',
  'invite-tampered': 'the invite was altered',
  'invite-wrong-clinic': 'the invite is of another clinic',
  'invite-bad-origin': 'the address of this page cannot be put into an invite',
  'invite-bundle-too-large': 'the invite would carry too many keys',
};

/** The sentence for a problem code. */
export function problem(code: string): string {
  const sentence = PROBLEMS[code];
  if (sentence) return sentence;
  const fault = FAULTS[code];
  return fault ? `This did not work: ${fault}.` : PROBLEMS['internal']!;
}

/** Half a sentence: why something is not believed. */
export function fault(code: string): string {
  return FAULTS[code] ?? 'the reason has no words in this version of the page';
}

/** Whether a code has words. */
export function hasWords(code: string): boolean {
  return code in PROBLEMS || code in FAULTS;
}

function word(words: Record<string, string>, key: string): string {
  return words[key] ?? key.replaceAll('-', ' ');
}

export const OUTCOMES = {
  assessed: 'Talked with and assessed',
  reached: 'Reached',
  'not-reached': 'Not reached',
  'emergency-services': 'Emergency services called',
  'handed-over': 'Handed over to a colleague',
} as const;

export const RISKS = { low: 'Low', moderate: 'Moderate', high: 'High' } as const;

/** Levels of the follow-up questions: which answers need a person first, never a prediction. */
export const TRIAGE = {
  unknown: 'not all of them were answered',
  none: 'all were answered no, which clears nobody',
  low: 'first of three levels',
  moderate: 'second of three levels',
  high: 'highest of three levels',
} as const;

/** By what people were told of a flag. */
export const TOLD_VIA = {
  console: 'in the console',
  program: "by the clinic's paging program",
  'program-failed': "not told: the clinic's paging program did not take it, and is tried again",
} as const;

export const ATTENDANCE = {
  present: 'Present',
  late: 'Came late',
  'left-early': 'Left early',
  absent: 'Absent',
  excused: 'Excused',
  'late-cancel': 'Cancelled late',
} as const;

export const SESSION_KINDS = {
  group: 'Group',
  individual: 'Individual',
  medication: 'Medication',
  family: 'Family',
  assessment: 'Assessment',
} as const;

export const MODES = { virtual: 'Online', 'in-person': 'In person', hybrid: 'Online or in person' } as const;

export const SESSION_STATUS = {
  scheduled: 'As planned',
  cancelled: 'Cancelled',
  moved: 'Moved',
  added: 'Added',
} as const;

export const COMPLETION = {
  done: 'Done',
  partly: 'Partly done',
  'tried-did-not-help': 'Tried, did not help',
  not: 'Not this time',
} as const;

export const HELPFULNESS = ['Not at all', 'A little', 'Somewhat', 'Quite a bit', 'Very much'] as const;

export const ROLES = {
  clinician: 'Clinician',
  'front-desk': 'Front desk',
  administrator: 'Administrator',
} as const;

export const PROGRAM_KINDS = {
  'mental-health': 'Mental health',
  'dual-diagnosis': 'Mental health and substance use',
  'substance-use': 'Substance use',
} as const;

export const WEEKDAYS = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
} as const;

export const DISCHARGE_REASONS = {
  planned: 'As planned, goals met',
  'payer-ended': 'The payer ended benefits',
  'left-early': 'Left early',
  'stepped-up': 'More care is needed',
  'no-progress': 'No more progress here',
  died: 'The patient has died',
} as const;

export const INVITE_STATES = {
  open: 'Waiting for the phone',
  redeemed: 'The phone is saving its keys',
  used: 'Used',
  expired: 'Expired',
  revoked: 'Taken back',
} as const;

export const PLATFORMS: Record<string, string> = { android: 'Android', ios: 'iPhone', desktop: 'Desktop' };

const SEVERITY: Record<string, string> = {
  'moderately-severe': 'Moderately severe',
  'below-31': 'Below 31',
  '31-32': '31 to 32',
  '33-or-more': '33 or more',
};

/** An instrument's own severity word. */
export function severity(code: string): string {
  const text = word(SEVERITY, code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const ITEMS: Record<string, string> = {
  mood: 'Mood',
  anxiety: 'Anxiety',
  'urge-to-use': 'Urge to use',
  'urge-to-self-harm': 'Urge to harm self',
  sleep: 'Sleep',
  medication: 'Medication taken',
};

/** A short name of a line of the daily check-in; `title` when it is a clinic's own item. */
export function lineTitle(item: string | null, title: string): string {
  return (item && ITEMS[item]) || title;
}

/** How the total of a check-in is to be read; null when it needs no words. */
export function totalNote(status: string | null, complete: boolean): string | null {
  if (!complete) return 'Not finished';
  if (status === 'prorated') return 'Some items left out: total estimated from the rest';
  if (status === 'incomplete') return 'Too many items left out for a total';
  if (status === 'inconsistent') return 'Answers contradict each other';
  return null;
}

/** Which mailbox a quarantined entry lies in. */
export function mailboxOf(kind: string, patient: string | null): string {
  if (patient) return `${patient}’s record`;
  const names: Record<string, string> = {
    care: 'a patient’s record',
    family: 'a family member’s mailbox',
    library: 'the clinic’s library',
    roster: 'the clinic’s roster',
    team: 'the team’s mailbox',
  };
  return word(names, kind);
}
