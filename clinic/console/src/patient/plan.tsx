/** The transition plan: as it is now, its history, proposals, and the editor. */
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useAct } from '../core/react.tsx';
import type { PatientPage, PlanView, TransitionPlan } from '../core/types.ts';
import { date, dayTime, weekdayDate } from '../ui/format.ts';
import { PlusIcon, TrashIcon } from '../ui/icons.tsx';
import { useNarrow } from '../ui/narrow.ts';
import { Banner, Button, Empty, Field, Trouble } from '../ui/parts.tsx';
import { SECTIONS, fromForm, incomplete, line, toForm, type PlanForm, type Section } from './plan-form.ts';

function lines(plan: TransitionPlan, section: Section): string[] {
  switch (section) {
    case 'warning_signs':
    case 'what_helps':
      return plan[section] ?? [];
    case 'people':
    case 'providers':
      return (plan[section] ?? []).map((one) => [one.name, one.role, one.phone].filter(Boolean).join(', '));
    case 'appointments':
      return (plan.appointments ?? []).map((one) =>
        [one.what, weekdayDate(one.date), one.time, one.place].filter(Boolean).join(', '),
      );
    case 'medicines':
      return (plan.medicines ?? []).map((one) => [one.name, one.how, one.why].filter(Boolean).join(', '));
  }
}

export function PlanText({ plan }: { plan: TransitionPlan }) {
  const sections = (Object.keys(SECTIONS) as Section[]).map((section) => ({ section, texts: lines(plan, section) }));
  if (sections.every(({ texts }) => texts.length === 0)) return <p className="soft">This plan is empty.</p>;
  return (
    <>
      {sections
        .filter(({ texts }) => texts.length > 0)
        .map(({ section, texts }) => (
          <div key={section} className="plan-section">
            <h3>{SECTIONS[section].title}</h3>
            <ul>
              {texts.map((text, index) => (
                <li key={index}>{text}</li>
              ))}
            </ul>
          </div>
        ))}
    </>
  );
}

export function Plan({ page }: { page: PatientPage }) {
  const [editing, setEditing] = useState<{ from: TransitionPlan | undefined; parent: string | undefined } | null>(null);
  const current = page.plans.find((plan) => plan.current);
  const proposals = page.plans.filter((plan) => plan.proposal);
  const older = page.plans.filter((plan) => !plan.current && !plan.proposal);

  if (editing) {
    return (
      <Editor
        patient={page.row.patient}
        from={editing.from}
        parent={editing.parent}
        overtaken={current?.id !== editing.parent}
        onClose={() => setEditing(null)}
      />
    );
  }
  const edit = (from: TransitionPlan | undefined) => setEditing({ from, parent: current?.id });
  return (
    <div className="columns">
      <div className="stack">
        {proposals.map((proposal) => (
          <section key={proposal.id} className="card">
            <header>
              <div>
                <h2>Proposal by {proposal.by}</h2>
                <p className="small soft">
                  {dayTime(proposal.at)}. The plan had changed in between, so this is not the plan.
                </p>
              </div>
              <Button size="small" onPress={() => edit(proposal.plan)}>
                Take into the plan …
              </Button>
            </header>
            <div className="body">
              <PlanText plan={proposal.plan} />
            </div>
          </section>
        ))}
        {current ? (
          <section className="card">
            <header>
              <div>
                <h2>Transition plan</h2>
                <p className="small soft">
                  By {current.by}, {dayTime(current.at)}
                </p>
              </div>
              <div className="row">
                {current.acknowledged_at === null ? (
                  <span className="badge warn">not read by the patient yet</span>
                ) : (
                  <span className="badge ok">read by the patient {date(isoOf(current.acknowledged_at))}</span>
                )}
                <Button kind="primary" size="small" onPress={() => edit(current.plan)}>
                  Revise
                </Button>
              </div>
            </header>
            <div className="body">
              <PlanText plan={current.plan} />
            </div>
          </section>
        ) : (
          <div className="card">
            <Empty title="No transition plan yet">
              <p>
                What keeps someone well after the program: warning signs, what helps, who to turn to, appointments,
                medicines. It is on the phone, also offline and after discharge.
              </p>
              <Button kind="primary" onPress={() => edit(undefined)}>
                Write the plan
              </Button>
            </Empty>
          </div>
        )}
      </div>
      <div className="stack">
        {page.follow_ups.length > 0 && (
          <section className="card">
            <header>
              <h2>Follow-up calls</h2>
            </header>
            <ul className="plain items">
              {page.follow_ups.map((day) => (
                <li key={day}>{weekdayDate(day)}</li>
              ))}
            </ul>
          </section>
        )}
        <section className="card">
          <header>
            <h2>History</h2>
          </header>
          {older.length === 0 ? (
            <p className="body soft">No earlier revisions.</p>
          ) : (
            <ul className="plain items">
              {older.map((plan) => (
                <Older key={plan.id} plan={plan} />
              ))}
            </ul>
          )}
        </section>
      </div>
    </div>
  );
}

function isoOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function Older({ plan }: { plan: PlanView }) {
  return (
    <li>
      <details>
        <summary>
          {dayTime(plan.at)}, {plan.by}
        </summary>
        <div className="pad-top">
          <PlanText plan={plan.plan} />
        </div>
      </details>
    </li>
  );
}

function Editor({
  patient,
  from,
  parent,
  overtaken,
  onClose,
}: {
  patient: string;
  from: TransitionPlan | undefined;
  parent: string | undefined;
  overtaken: boolean;
  onClose: () => void;
}) {
  const { run, busy, code } = useAct();
  const [form, setForm] = useState(() => toForm(from));
  const [wrong, setWrong] = useState<Section | null>(null);
  const narrow = useNarrow();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);

  function change(section: Section, lines: PlanForm[Section]) {
    setForm((form) => ({ ...form, [section]: lines }));
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const section = incomplete(form);
    setWrong(section);
    if (section || busy) return;
    const done = await run({ act: 'revise-plan', patient, plan: fromForm(form, parent) });
    if (done) onClose();
  }

  return (
    <form className="card" onSubmit={(event) => void submit(event)} noValidate>
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {parent ? 'Revise the transition plan' : 'Write the transition plan'}
        </h2>
      </header>
      <div className="body stack wide">
        {overtaken && (
          <Banner kind="warn" live>
            The plan changed while you were writing. Saved as it is, yours becomes a proposal beside it.
          </Banner>
        )}
        {(Object.keys(SECTIONS) as Section[]).map((section) => {
          const { title, add, fields } = SECTIONS[section];
          const shown = form[section];
          return (
            <fieldset key={section} className="plan-lines">
              <legend>
                <h3>{title}</h3>
              </legend>
              {shown.map((one, index) => (
                <div key={one.key} className="plan-line">
                  {fields.map(({ label, type }, at) => (
                    <Field
                      key={label}
                      label={label}
                      // One label over a column is enough for the eye where rows lie below each other.
                      hideLabel={fields.length === 1 || (index > 0 && !narrow)}
                      type={type ?? 'text'}
                      value={one.texts[at] ?? ''}
                      maxLength={1000}
                      onChange={(text) =>
                        change(
                          section,
                          shown.map((other) =>
                            other.key === one.key
                              ? { ...other, texts: fields.map((_, i) => (i === at ? text : (other.texts[i] ?? ''))) }
                              : other,
                          ),
                        )
                      }
                      optional={at > 0 && type !== 'date'}
                    />
                  ))}
                  <Button
                    kind="quiet"
                    calm
                    square
                    aria-label={`Remove line ${index + 1} of ${title}`}
                    onPress={() =>
                      change(
                        section,
                        shown.filter((other) => other.key !== one.key),
                      )
                    }
                  >
                    <TrashIcon />
                  </Button>
                </div>
              ))}
              {wrong === section && (
                <p className="wrong" role="alert">
                  {section === 'appointments' ? 'Each appointment needs what it is for and a day.' : 'Each line needs its first field.'}
                </p>
              )}
              <div>
                <Button
                  size="small"
                  isDisabled={shown.length >= 50}
                  onPress={() => change(section, [...shown, line(fields.map(() => ''))])}
                >
                  <PlusIcon size={14} /> {add}
                </Button>
              </div>
            </fieldset>
          );
        })}
        <Trouble code={code} />
        <div className="row end">
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isDisabled={busy}>
            Save the plan
          </Button>
        </div>
      </div>
    </form>
  );
}
