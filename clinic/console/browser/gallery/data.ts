/** An invented clinic. Everything here is made up; totals and words are what the core would say. */
import type {
  AnswerLine,
  Attendance,
  Band,
  CaseloadRow,
  CheckInView,
  ClinicView,
  Flag,
  GroupMember,
  GroupPage,
  PatientPage,
  Score,
  OnClock,
  Session,
  SessionView,
  Slot,
  Status,
  Trend,
} from '../../src/core/types.ts';

/** Monday, 2026-11-23, 8:20 in New York. */
export const NOW = Date.UTC(2026, 10, 23, 13, 20);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONE = 'America/New_York';

function id(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').padEnd(22, 'x').slice(0, 22);
}

function iso(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const PHQ9: Band[] = [
  { from: 0, to: 4, label: 'minimal' },
  { from: 5, to: 9, label: 'mild' },
  { from: 10, to: 14, label: 'moderate' },
  { from: 15, to: 19, label: 'moderately-severe' },
  { from: 20, to: 27, label: 'severe' },
];
const GAD7: Band[] = [
  { from: 0, to: 4, label: 'minimal' },
  { from: 5, to: 9, label: 'mild' },
  { from: 10, to: 14, label: 'moderate' },
  { from: 15, to: 21, label: 'severe' },
];

function word(bands: Band[], total: number): string {
  return bands.find((band) => total <= band.to)?.label ?? '';
}

interface Person {
  name: string;
  track: 'Morning' | 'Afternoon';
  week: number;
  weeks: number;
  phq9: (number | null)[];
  gad7: (number | null)[];
  mood: (number | null)[];
  unread: number;
  overdue?: string[];
  worse?: boolean;
  improved?: boolean;
  flag?: 'positive' | 'unanswered';
  discharged?: string;
  obstacles?: string[];
  missed?: number;
  missedLast?: boolean;
  attendance?: Attendance;
  plan?: boolean;
  homework?: [number, number];
}

const wave = (from: number, to: number, n: number, gaps: number[] = []) =>
  Array.from({ length: n }, (_, i) =>
    gaps.includes(i) ? null : Math.min(10, Math.max(0, Math.round(from + ((to - from) * i) / n + Math.sin(i * 1.7) * 1.2))),
  );

export const PEOPLE: Person[] = [
  {
    name: 'Maren Holt',
    track: 'Morning',
    week: 5,
    weeks: 8,
    phq9: [19, 18, 17, null, 21],
    gad7: [14, 13, 13, null, 15],
    mood: wave(4, 2, 33, [6, 13, 20, 21, 22]),
    unread: 2,
    worse: true,
    flag: 'positive',
    obstacles: ['My sister was visiting and I could not get a quiet moment', 'Forgot'],
    missed: 2,
    missedLast: true,
    plan: false,
    homework: [1, 2],
  },
  {
    name: 'Idris Calloway',
    track: 'Morning',
    week: 2,
    weeks: 10,
    phq9: [22, 20],
    gad7: [17, 16],
    mood: wave(2, 3, 12),
    unread: 3,
    flag: 'unanswered',
    missed: 0,
    homework: [0, 1],
  },
  {
    name: 'Tova Lindqvist',
    track: 'Morning',
    week: 9,
    weeks: 12,
    phq9: [16, 15, 13, 14, 12, 13, 17, 18, 19],
    gad7: [12, 12, 11, 10, 10, 12, 13, 14, 14],
    mood: wave(6, 3, 61),
    unread: 1,
    worse: true,
    obstacles: ['Night shifts'],
    missed: 4,
    plan: true,
    homework: [2, 1],
  },
  {
    name: 'Benno Achterberg',
    track: 'Afternoon',
    week: 7,
    weeks: 8,
    phq9: [15, 15, 16, 14, 15, 15, 15],
    gad7: [11, 10, 11, 11, 12, 11, 11],
    mood: wave(4, 4, 47, [3, 4, 5]),
    unread: 4,
    missed: 1,
    homework: [0, 2],
  },
  {
    name: 'Priya Sandoval',
    track: 'Morning',
    week: 8,
    weeks: 8,
    phq9: [21, 18, 15, 12, 9, 8, 6, 4],
    gad7: [16, 14, 11, 9, 8, 6, 5, 4],
    mood: wave(2, 8, 54),
    unread: 1,
    improved: true,
    missed: 0,
    attendance: 'present',
    plan: true,
    homework: [3, 0],
  },
  {
    name: 'Cleo Farrow',
    track: 'Morning',
    week: 4,
    weeks: 8,
    phq9: [13, null, null, 12],
    gad7: [9, null, null, 9],
    mood: wave(5, 5, 26, [4, 5, 6, 7, 8, 9, 14, 15, 16, 17, 18]),
    unread: 0,
    overdue: ['Daily check-in'],
    missed: 3,
    missedLast: true,
    obstacles: ['No energy in the evening'],
    homework: [0, 1],
  },
  {
    name: 'Anselm Greaves',
    track: 'Morning',
    week: 6,
    weeks: 10,
    phq9: [17, 16, 14, 12, 11, 10],
    gad7: [13, 13, 11, 10, 9, 8],
    mood: wave(3, 6, 40),
    unread: 0,
    improved: true,
    missed: 1,
    attendance: 'present',
    homework: [2, 0],
  },
  {
    name: 'Dorothea Quill',
    track: 'Morning',
    week: 1,
    weeks: 8,
    phq9: [18],
    gad7: [12],
    mood: wave(4, 4, 4),
    unread: 0,
    missed: 0,
    homework: [0, 0],
  },
  {
    name: 'Halvard Moreno',
    track: 'Afternoon',
    week: 11,
    weeks: 12,
    phq9: [20, 19, 17, 17, 15, 13, 12, 10, 9, 9, 8],
    gad7: [15, 14, 14, 12, 11, 11, 9, 8, 8, 7, 7],
    mood: wave(3, 7, 75),
    unread: 0,
    improved: true,
    missed: 2,
    plan: true,
    homework: [1, 0],
  },
  {
    name: 'Juno Castellane',
    track: 'Morning',
    week: 3,
    weeks: 8,
    phq9: [14, 13, 11],
    gad7: [15, 13, 12],
    mood: wave(5, 6, 19),
    unread: 0,
    missed: 0,
    attendance: 'late',
    obstacles: ['Felt silly doing it with others around'],
    homework: [1, 1],
  },
  {
    name: 'Rafferty Vance',
    track: 'Afternoon',
    week: 3,
    weeks: 8,
    phq9: [12, 12, 11],
    gad7: [10, 9, 9],
    mood: wave(5, 5, 18),
    unread: 0,
    missed: 0,
    homework: [1, 0],
  },
  {
    name: 'Wilhelmina Osei',
    track: 'Morning',
    week: 8,
    weeks: 8,
    phq9: [18, 15, 12, 9, 7, 6, 5, 4],
    gad7: [14, 12, 9, 7, 6, 5, 5, 4],
    mood: wave(3, 8, 52),
    unread: 0,
    improved: true,
    discharged: '2026-11-12',
    plan: true,
    homework: [0, 0],
  },
];

function flagOf(person: Person): Flag[] {
  if (!person.flag) return [];
  const positive = person.flag === 'positive';
  return [
    {
      patient: id(person.name),
      check_in: id(`${person.name}c0`),
      form: positive ? 'phq9' : 'daily-check-in',
      form_title: positive ? 'PHQ-9' : 'Daily check-in',
      item: positive ? 'q9' : 'urge-to-self-harm',
      item_text: positive
        ? 'Thoughts that you would be better off dead or of hurting yourself in some way'
        : 'Right now, how strong is any urge to harm yourself?',
      answer: positive ? 2 : null,
      answer_text: positive ? 'More than half the days' : 'left unanswered',
      triage: null,
      previous: positive ? 1 : 0,
      at: NOW - 14 * HOUR,
      received: NOW - 13.5 * HOUR,
      closed: null,
      alerts: positive
        ? [
            {
              step: 1,
              due_at: NOW - 13.5 * HOUR,
              at: NOW - 13.5 * HOUR + 4_000,
              tell: ['Elin Marsh'],
              via: 'program',
              by: 'Elin Marsh',
            },
          ]
        : [],
    },
  ];
}

function scoresOf(person: Person): Score[] {
  const score = (form: string, title: string, values: (number | null)[], bands: Band[]): Score | null => {
    const known = values.filter((value) => value !== null);
    const total = known.at(-1);
    if (total === undefined) return null;
    return {
      form,
      title,
      total,
      severity: word(bands, total),
      at: NOW - 14 * HOUR,
      previous: known.at(-2) ?? null,
      baseline: known.length > 1 ? known[0]! : null,
      improved: person.improved ?? false,
      worse: person.worse ?? false,
    };
  };
  return [score('phq9', 'PHQ-9', person.phq9, PHQ9), score('gad7', 'GAD-7', person.gad7, GAD7)].filter((s) => s !== null);
}

export function rowOf(person: Person): CaseloadRow {
  return {
    patient: id(person.name),
    name: person.name,
    track: person.track,
    week: person.week,
    weeks: person.weeks,
    discharged: person.discharged ?? null,
    flags: flagOf(person),
    unread: person.unread,
    overdue: person.overdue ?? [],
    scores: scoresOf(person),
    last_check_in: NOW - (person.overdue ? 5 * DAY : person.unread > 0 ? 14 * HOUR : 20 * HOUR),
    next_session: person.discharged ? null : Date.UTC(2026, 10, 23, person.track === 'Morning' ? 14 : 18),
  };
}

function session(track: string, date: string, hour: number, change: Partial<Session> = {}): Session {
  const start = Date.parse(`${date}T${String(hour).padStart(2, '0')}:00:00Z`);
  return {
    id: `${id(track)}:${date}`,
    kind: 'group',
    title: `${track} group`,
    original_local_date: date,
    status: 'scheduled',
    start,
    end: start + 3 * HOUR,
    start_resolution: 'normal',
    end_resolution: 'normal',
    elapsed_minutes: 180,
    time_zone: ZONE,
    mode: 'hybrid',
    place: 'Room 2, 40 River Street',
    join_link: null,
    reason: null,
    ...change,
  };
}

function memberOf(person: Person): GroupMember {
  const row = rowOf(person);
  const [done, open] = person.homework ?? [0, 0];
  return {
    patient: row.patient,
    name: row.name,
    week: row.week,
    flags: row.flags,
    unread: row.unread,
    check_ins: Math.max(row.unread, person.overdue ? 0 : 3),
    scores: row.scores,
    mood: person.overdue ? null : (person.mood.findLast((mood) => mood !== null) ?? null),
    homework_done: done,
    homework_open: open,
    obstacles: person.obstacles ?? [],
    missed: person.missed ?? 0,
    held: (person.week - 1) * 3,
    missed_last: person.missedLast ?? false,
    attendance: person.attendance ?? null,
    plan_acknowledged: person.plan ?? null,
  };
}

/** The fifteen people that a group may have at most. */
const EXTRA: Person[] = ['Sunniva Brandt', 'Lorcan Pike', 'Odalys Renner', 'Fenna Voss', 'Casimir Lund', 'Nadia Thorne'].map(
  (name, index) => ({
    name,
    track: 'Morning',
    week: 2 + index,
    weeks: 8,
    phq9: [16 - index, 14 - index],
    gad7: [12 - index, 11 - index],
    mood: wave(4, 6, 14),
    unread: index % 2,
    missed: index % 3,
    homework: [index % 3, 1],
  }),
);

/** The clinic of this gallery is in New York in winter: five hours behind. */
function clock({ start, end, time_zone }: Session): OnClock {
  const at = (instant: number) => new Date(instant - 5 * 3_600_000).toISOString();
  return {
    zone: time_zone,
    abbreviation: 'EST',
    date: at(start).slice(0, 10),
    start: at(start).slice(11, 16),
    end: at(end).slice(11, 16),
  };
}

function visit(session: Session, attendance: SessionView['attendance']): SessionView {
  return { session, clock: clock(session), here: null, own: null, attendance };
}

export function groups(): GroupPage[] {
  const members = (track: string) =>
    [...PEOPLE.filter((person) => person.track === track && !person.discharged), ...(track === 'Morning' ? EXTRA : [])]
      .map(memberOf)
      .toSorted((a, b) => Number(a.flags.length === 0) - Number(b.flags.length === 0) || a.name.localeCompare(b.name));
  return [
    {
      track: id('Morning'),
      track_name: 'Morning',
      session: session('Morning', '2026-11-23', 14),
      clock: clock(session('Morning', '2026-11-23', 14)),
      since: Date.UTC(2026, 10, 19, 14),
      since_clock: clock(session('Morning', '2026-11-19', 14)),
      members: members('Morning'),
    },
    {
      track: id('Afternoon'),
      track_name: 'Afternoon',
      session: session('Afternoon', '2026-11-23', 18),
      clock: clock(session('Afternoon', '2026-11-23', 18)),
      since: Date.UTC(2026, 10, 19, 18),
      since_clock: clock(session('Afternoon', '2026-11-19', 18)),
      members: members('Afternoon'),
    },
  ];
}

const PHQ9_ITEMS = [
  'Little interest or pleasure in doing things',
  'Feeling down, depressed, or hopeless',
  'Trouble falling or staying asleep, or sleeping too much',
  'Feeling tired or having little energy',
  'Poor appetite or overeating',
  'Feeling bad about yourself - or that you are a failure or have let yourself or your family down',
  'Trouble concentrating on things, such as reading the newspaper or watching television',
  'Moving or speaking so slowly that other people could have noticed? Or the opposite - being so fidgety or restless that you have been moving around a lot more than usual',
  'Thoughts that you would be better off dead or of hurting yourself in some way',
];
const OFTEN = ['Not at all', 'Several days', 'More than half the days', 'Nearly every day'];

function phq9Answers(total: number, safety: number): AnswerLine[] {
  let left = total - safety;
  return [
    ...PHQ9_ITEMS.map((text, index) => {
      const value = index === 8 ? safety : Math.min(3, Math.max(0, Math.round(left / (8 - index))));
      if (index < 8) left -= value;
      return { item: `q${index + 1}`, text, answer: OFTEN[value]!, safety: index === 8 };
    }),
    {
      item: 'difficulty',
      text: 'If you checked off any problems, how difficult have these problems made it for you to do your work, take care of things at home, or get along with other people?',
      answer: null,
      safety: false,
    },
  ];
}

function dailyAnswers(mood: number, urge: string | null): AnswerLine[] {
  return [
    { item: 'mood', text: 'How is your mood right now? 0 is the worst, 10 is the best.', answer: String(mood), safety: false },
    {
      item: 'anxiety',
      text: 'How anxious are you right now? 0 is not at all, 10 is as anxious as you have ever been.',
      answer: String(9 - mood),
      safety: false,
    },
    {
      item: 'urge-to-use',
      text: 'How strong is your urge to drink or use right now? 0 is no urge, 10 is the strongest.',
      answer: '1',
      safety: false,
    },
    {
      item: 'urge-to-self-harm',
      text: 'Right now, how strong is any urge to harm yourself?',
      answer: urge,
      safety: true,
    },
    { item: 'sleep', text: 'How well did you sleep last night?', answer: mood > 4 ? 'Well' : 'Badly', safety: false },
    {
      item: 'medication',
      text: 'Did you take your medication as planned since the last check-in?',
      answer: 'Yes',
      safety: false,
    },
  ];
}

function checkInsOf(person: Person): CheckInView[] {
  const flag = flagOf(person)[0];
  const list: CheckInView[] = [];
  const phq9 = person.phq9.findLast((total) => total !== null) ?? 0;
  const opened = (index: number) =>
    index < person.unread
      ? { opened_by: null, opened_at: null }
      : { opened_by: 'Elin Marsh', opened_at: NOW - index * DAY - 2 * HOUR };
  list.push({
    id: id(`${person.name}c0`),
    form: 'phq9',
    title: 'PHQ-9',
    at: NOW - 14 * HOUR,
    zone: person.name.startsWith('Tova') ? 'America/Los_Angeles' : ZONE,
    received: NOW - 13.5 * HOUR,
    complete: true,
    status: 'complete',
    total: phq9,
    severity: word(PHQ9, phq9),
    safety_positive: flag?.form === 'phq9',
    answers: phq9Answers(phq9, flag?.form === 'phq9' ? 2 : 0),
    note: null,
    ...opened(0),
  });
  person.mood
    .map((mood, index) => ({ mood, day: person.mood.length - index }))
    .toReversed()
    .slice(0, 14)
    .forEach(({ mood, day }, index) => {
      if (mood === null) return;
      const left = person.flag === 'unanswered' && index === 0;
      list.push({
        id: id(`${person.name}d${day}`),
        form: 'daily-check-in',
        title: 'Daily check-in',
        at: NOW - day * DAY + 6 * HOUR,
        zone: ZONE,
        received: NOW - day * DAY + 6 * HOUR + 40_000,
        complete: !left,
        status: null,
        total: null,
        severity: null,
        safety_positive: false,
        answers: dailyAnswers(mood, left ? null : 'None'),
        note:
          index === 1
            ? 'Slept at my sister’s place. The morning was hard, the walk helped a little. I would like to talk about the family evening in group.'
            : null,
        ...opened(index + 1),
      });
    });
  return list;
}

function slots(values: (number | null)[], every: number, bands: Band[]): Slot[] {
  return values.map((value, index) => ({
    date: iso(NOW - (values.length - index) * every * DAY),
    value,
    severity: value !== null && bands.length > 0 ? word(bands, value) : null,
    check_in: null,
  }));
}

function trendsOf(person: Person): Trend[] {
  const item = (name: string, title: string, max: number, values: (number | null)[]): Trend => ({
    form: 'daily-check-in',
    item: name,
    title,
    every_days: 1,
    min: 0,
    max,
    bands: [],
    slots: slots(values, 1, []),
  });
  const scaled = (factor: number, shift: number, max: number) =>
    person.mood.map((mood, index) =>
      mood === null ? null : Math.min(max, Math.max(0, Math.round(shift + factor * mood + Math.sin(index) * 0.6))),
    );
  return [
    { form: 'phq9', item: null, title: 'PHQ-9', every_days: 7, min: 0, max: 27, bands: PHQ9, slots: slots(person.phq9, 7, PHQ9) },
    { form: 'gad7', item: null, title: 'GAD-7', every_days: 7, min: 0, max: 21, bands: GAD7, slots: slots(person.gad7, 7, GAD7) },
    item('mood', 'How is your mood right now?', 10, person.mood),
    item('anxiety', 'How anxious are you right now?', 10, scaled(-0.8, 9, 10)),
    item('urge-to-use', 'How strong is your urge to drink or use right now?', 10, scaled(-0.2, 2, 10)),
    item('urge-to-self-harm', 'Right now, how strong is any urge to harm yourself?', 4, scaled(-0.3, person.flag ? 2 : 1, 4)),
    item('sleep', 'How well did you sleep last night?', 4, scaled(0.3, 0.5, 4)),
    item('medication', 'Did you take your medication?', 2, scaled(0.05, 1.6, 2)),
  ];
}

export function patientPage(patient: string): PatientPage | undefined {
  const person = [...PEOPLE, ...EXTRA].find((person) => id(person.name) === patient);
  if (!person) return undefined;
  const row = rowOf(person);
  const plan = {
    warning_signs: ['Staying in bed past ten', 'Not answering my sister’s calls', 'Skipping meals'],
    what_helps: ['A walk by the river before breakfast', 'Paced breathing, five minutes', 'Calling Rosa'],
    people: [
      { name: 'Rosa', role: 'sister', phone: '555 0142' },
      { name: 'Jonah', role: 'friend from group', phone: '555 0188' },
    ],
    providers: [{ name: 'Dr. Lindgren', role: 'psychiatrist', phone: '555 0110' }],
    appointments: [{ what: 'First visit with Dr. Lindgren', date: '2026-12-03', time: '2:30 pm', place: '12 Oak Street' }],
    medicines: [{ name: 'Sertraline', how: '50 mg in the morning', why: 'mood' }],
  };
  const closed: Flag[] = person.flag
    ? [
        {
          ...flagOf(person)[0]!,
          check_in: id(`${person.name}old`),
          answer: 1,
          answer_text: 'Several days',
          triage: null,
          previous: 0,
          at: NOW - 8 * DAY,
          received: NOW - 8 * DAY + 60_000,
          closed: {
            by: 'Elin Marsh',
            at: NOW - 7.5 * DAY,
            outcome: 'assessed',
            risk: 'low',
            mitigation: 'Talked after group. Safety plan gone through together; sister knows. Call on Friday.',
          },
        },
      ]
    : [];
  return {
    row,
    phone: '(555) 010-4477',
    born: '1994-03-08',
    clinic_zone: ZONE,
    flags: [...row.flags, ...closed],
    trends: trendsOf(person),
    check_ins: checkInsOf(person),
    homework: [
      {
        id: id('hw1'),
        title: 'Paced breathing',
        instructions: 'Breathe in for four counts and out for six, for five minutes. Note distress before and after.',
        skill: 'paced-breathing',
        reading: null,
        assigned_at: NOW - 11 * DAY,
        due: iso(NOW - 2 * DAY),
        before_session: null,
        times: 5,
        weekdays: [],
        done: 3,
        next_day: null,
        overdue: true,
        given: {},
      },
      {
        id: id('hw2'),
        title: 'One planned activity',
        instructions: 'Choose one thing you used to like, put it on a day and a time, and do it.',
        skill: 'behavioural-activation',
        reading: null,
        assigned_at: NOW - 4 * DAY,
        due: iso(NOW + 3 * DAY),
        before_session: null,
        times: 1,
        weekdays: [],
        done: 1,
        next_day: null,
        overdue: false,
        given: {},
      },
    ],
    logs: [
      {
        homework: id('hw2'),
        at: NOW - 1 * DAY,
        skill: 'behavioural-activation',
        practised_at: NOW - 1 * DAY,
        prompt: null,
        trigger: null,
        urge_before: null,
        urge_after: null,
        skill_title: 'One planned activity',
        lines: [],
        safety: false,
        minutes: 40,
        completion: 'done',
        distress_before: 55,
        distress_after: 30,
        helpfulness: 3,
        obstacle: null,
        note: 'Went to the pool for the first time since spring.',
      },
      {
        homework: id('hw1'),
        at: NOW - 3 * DAY,
        skill: 'paced-breathing',
        practised_at: NOW - 3 * DAY,
        prompt: null,
        trigger: null,
        urge_before: null,
        urge_after: null,
        skill_title: 'Paced breathing',
        lines: [],
        safety: false,
        minutes: null,
        completion: 'tried-did-not-help',
        distress_before: 70,
        distress_after: 65,
        helpfulness: 1,
        obstacle: person.obstacles?.[0] ?? null,
        note: null,
      },
      {
        homework: id('hw1'),
        at: NOW - 5 * DAY,
        skill: 'paced-breathing',
        practised_at: NOW - 5 * DAY,
        prompt: null,
        trigger: null,
        urge_before: null,
        urge_after: null,
        skill_title: 'Paced breathing',
        lines: [],
        safety: false,
        minutes: 5,
        completion: 'partly',
        distress_before: 60,
        distress_after: 45,
        helpfulness: 2,
        obstacle: null,
        note: null,
      },
    ],
    skill_effects: [],
    plans:
      person.plan === undefined
        ? []
        : [
            {
              id: id('plan3'),
              at: NOW - 1 * DAY,
              by: 'the patient',
              current: false,
              proposal: true,
              acknowledged_at: null,
              plan: { ...plan, what_helps: [...plan.what_helps, 'Playing the cello'], parent: id('plan1') },
            },
            {
              id: id('plan2'),
              at: NOW - 3 * DAY,
              by: 'Elin Marsh',
              current: true,
              proposal: false,
              acknowledged_at: person.plan ? NOW - 2 * DAY : null,
              plan: { ...plan, parent: id('plan1') },
            },
            {
              id: id('plan1'),
              at: NOW - 20 * DAY,
              by: 'Elin Marsh',
              current: false,
              proposal: false,
              acknowledged_at: NOW - 19 * DAY,
              plan: { ...plan, appointments: [], medicines: [] },
            },
          ],
    visits: { count: { payers: [], uncovered: 0 }, week: null, prompts: [], authorised: [], visits: [], pauses: [], unsettled: 0 },
    today: '2026-11-23',
    follow_ups: person.discharged ? ['2026-11-26', '2027-01-12'] : [],
    sessions: person.discharged
      ? []
      : [
          visit(session(person.track, '2026-11-17', 14), 'present'),
          visit(session(person.track, '2026-11-19', 14), person.missedLast ? 'absent' : null),
          visit(session(person.track, '2026-11-23', 14), null),
          visit(session(person.track, '2026-11-24', 14, { status: 'moved', start: Date.UTC(2026, 10, 25, 14), end: Date.UTC(2026, 10, 25, 17) }), null),
          visit(
            session('Visit', '2026-11-25', 19, {
              id: id('visit'),
              kind: 'individual',
              title: 'Your therapist',
              end: Date.UTC(2026, 10, 25, 19, 50),
              elapsed_minutes: 50,
              mode: 'in-person',
            }),
            null,
          ),
          visit(session(person.track, '2026-11-26', 14, { status: 'cancelled', reason: 'Thanksgiving' }), null),
          visit(session(person.track, '2026-11-30', 14), null),
        ],
    devices: [{ device: id('phone'), name: 'Pixel in the kitchen', platform: 'android', at: NOW - 30 * DAY }],
    family: [{ mailbox: id('rosa'), name: 'Rosa', relation: 'sister' }],
    notes: [{ text: 'Prefers to be called after two. Sister joins the family evening.', by: 'Tomas Reyle', at: NOW - 6 * DAY }],
  };
}

export const CLINIC: ClinicView = {
  clinic: {
    name: 'Riverbend IOP',
    time_zone: ZONE,
    phone: '(555) 010-2200',
    hours: 'Weekdays 8 to 5',
  },
  programs: [
    {
      id: id('program'),
      name: 'Adult mental health IOP',
      kind: 'mental-health',
      time_zone: ZONE,
      phone: '(555) 010-2200',
      hours: 'Weekdays 8 to 5',
    },
  ],
  tracks: [
    {
      track: {
        id: id('Morning'),
        name: 'Morning',
        program: id('program'),
        mode: 'hybrid',
        schedule: {
          time_zone: ZONE,
          start_date: '2026-09-07',
          weeks: 52,
          weekdays: ['MO', 'TU', 'TH'],
          start_time: '09:00',
          end_time: '12:00',
        },
        place: 'Room 2, 40 River Street',
      },
      changes: [{ change: 'cancelled', original_date: '2026-11-26', reason: 'Thanksgiving' }],
    },
    {
      track: {
        id: id('Afternoon'),
        name: 'Afternoon',
        program: id('program'),
        mode: 'virtual',
        schedule: {
          time_zone: ZONE,
          start_date: '2026-09-07',
          weeks: 52,
          weekdays: ['MO', 'TU', 'TH'],
          start_time: '13:00',
          end_time: '16:00',
        },
      },
      changes: [],
    },
  ],
  staff: [
    { id: id('Elin'), name: 'Elin Marsh', title: 'Group therapist', role: 'administrator', certificate: '' },
    { id: id('Tomas'), name: 'Tomas Reyle', title: 'Care coordinator', role: 'clinician', certificate: '' },
  ],
  closed_days: [],
  education: [
    {
      slug: 'what-is-an-iop',
      title: 'What an intensive outpatient program is',
      summary: 'Three mornings a week, home in between: what to expect.',
      minutes: 4,
      family: true,
      markdown:
        'An intensive outpatient program sits between weekly therapy and a hospital stay. You live at home, and come to group **three times a week**.\n\n## What a week looks like\n\n- Three groups of three hours\n- One hour with your own therapist\n- Practice between groups\n\nMost people stay eight to twelve weeks. What you practise at home matters as much as what happens in the room.\n\nIf you are in danger now, call [988](tel:988) or go to the nearest emergency department.',
    },
    {
      slug: 'how-to-support',
      title: 'How to support someone in the program',
      summary: 'Small things that help, and things that do not.',
      minutes: 3,
      family: true,
      markdown: 'Listen first. Ask what would help today.',
    },
    {
      slug: 'sleep',
      title: 'Sleep, without tricks',
      summary: 'What keeps a night steady.',
      minutes: 5,
      family: false,
      markdown: 'Get up at the same time each day.',
    },
  ],
};

export const STATUS: Status = {
  pending: 0,
  synced_at: NOW - 40_000,
  quarantined: [],
  faults: [],
  restored: false,
  tzdb: '2026e',
};

export { id };
