/** The transition plan while it is being edited: every line a row of texts with a key of its own. */
import type { TransitionPlan } from '../core/types.ts';

export interface Line {
  key: number;
  texts: string[];
}

export type Section = 'warning_signs' | 'what_helps' | 'people' | 'providers' | 'appointments' | 'medicines';

/** Title, and the fields of one line; the first must be filled. */
export const SECTIONS: Record<Section, { title: string; add: string; fields: { label: string; type?: 'date' | 'tel' }[] }> = {
  warning_signs: { title: 'Signs that things get worse', add: 'Add a sign', fields: [{ label: 'Sign' }] },
  what_helps: { title: 'What helps', add: 'Add something that helps', fields: [{ label: 'What helps' }] },
  people: {
    title: 'People who help',
    add: 'Add a person',
    fields: [{ label: 'Name' }, { label: 'Who they are' }, { label: 'Phone', type: 'tel' }],
  },
  providers: {
    title: 'Who takes over',
    add: 'Add a provider',
    fields: [{ label: 'Name' }, { label: 'Therapist, prescriber …' }, { label: 'Phone', type: 'tel' }],
  },
  appointments: {
    title: 'Appointments',
    add: 'Add an appointment',
    fields: [{ label: 'What for' }, { label: 'Day', type: 'date' }, { label: 'Time' }, { label: 'Where' }],
  },
  medicines: {
    title: 'Medicines',
    add: 'Add a medicine',
    fields: [{ label: 'Medicine' }, { label: 'How much and when' }, { label: 'What for' }],
  },
};

export type PlanForm = Record<Section, Line[]>;

let lastKey = 0;

export function line(texts: string[]): Line {
  lastKey += 1;
  return { key: lastKey, texts };
}

export function toForm(plan: TransitionPlan | undefined): PlanForm {
  return {
    warning_signs: (plan?.warning_signs ?? []).map((text) => line([text])),
    what_helps: (plan?.what_helps ?? []).map((text) => line([text])),
    people: (plan?.people ?? []).map((one) => line([one.name, one.role ?? '', one.phone ?? ''])),
    providers: (plan?.providers ?? []).map((one) => line([one.name, one.role ?? '', one.phone ?? ''])),
    appointments: (plan?.appointments ?? []).map((one) => line([one.what, one.date, one.time ?? '', one.place ?? ''])),
    medicines: (plan?.medicines ?? []).map((one) => line([one.name, one.how ?? '', one.why ?? ''])),
  };
}

function filled(lines: Line[]): string[][] {
  return lines.map(({ texts }) => texts.map((text) => text.trim())).filter((texts) => texts.some(Boolean));
}

/** The plan as it is written; `parent` is the revision that was on the screen when editing began. */
export function fromForm(form: PlanForm, parent: string | undefined): TransitionPlan {
  const contact = ([name = '', role = '', phone = '']: string[]) => ({ name, role, phone });
  return {
    ...(parent ? { parent } : {}),
    warning_signs: filled(form.warning_signs).map(([text = '']) => text),
    what_helps: filled(form.what_helps).map(([text = '']) => text),
    people: filled(form.people).map(contact),
    providers: filled(form.providers).map(contact),
    appointments: filled(form.appointments).map(([what = '', date = '', time = '', place = '']) => ({
      what,
      date,
      time,
      place,
    })),
    medicines: filled(form.medicines).map(([name = '', how = '', why = '']) => ({ name, how, why })),
  };
}

/** A line without its first text, or an appointment without a day: its section, else null. */
export function incomplete(form: PlanForm): Section | null {
  for (const section of Object.keys(SECTIONS) as Section[]) {
    const lines = filled(form[section]);
    if (lines.some((texts) => !texts[0] || (section === 'appointments' && !texts[1]))) return section;
  }
  return null;
}
