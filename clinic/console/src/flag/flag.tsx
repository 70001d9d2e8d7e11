/**
 * A safety flag. It cannot be dismissed: a named clinician closes it with what was done, the risk as
 * judged and what was agreed (clinical.md, section 2). Triage is called "answers that need follow-up";
 * no scale decides anything here.
 */
import { useState, type FormEvent } from 'react';
import { useAct, useView } from '../core/react.tsx';
import type { Flag, Outcome, Risk } from '../core/types.ts';
import { to } from '../routes.ts';
import { ago, dayTime } from '../ui/format.ts';
import { FlagIcon } from '../ui/icons.tsx';
import { Button, Choices, Dialog, Field, Trouble, classes } from '../ui/parts.tsx';
import { OUTCOMES, RISKS, TOLD_VIA, TRIAGE } from '../words.ts';
import './flag.css';

export function flagKey(flag: Flag): string {
  return `${flag.check_in}/${flag.item}`;
}

/** What was answered, when, and what it was before. */
export function FlagFacts({ flag, now }: { flag: Flag; now: number }) {
  const late = flag.received !== null && flag.received - flag.at > 10 * 60_000;
  return (
    <>
      <div className="row small soft">
        <span>
          {flag.form_title}, answered {dayTime(flag.at)} ({ago(flag.at, now)})
          {late && flag.received !== null && `, arrived ${dayTime(flag.received)}`}
        </span>
      </div>
      <blockquote>
        {flag.item_text} <span className="answer">— {flag.answer === null ? 'left unanswered' : flag.answer_text}</span>
      </blockquote>
      {flag.triage !== null && (
        <p className="small">
          <strong>Follow-up questions:</strong> {TRIAGE[flag.triage]}.
        </p>
      )}
      <p className="small soft">
        {flag.previous === null
          ? 'Not asked before in this form.'
          : flag.answer === null
            ? `Answered ${flag.previous} the time before.`
            : `The answer counts ${flag.answer}; the time before it was ${flag.previous}.`}
      </p>
    </>
  );
}

/** A step of the list may wait for the next look of whoever watches before the page says that nobody does. */
const WATCH_MS = 5 * 60_000;

/** Who was told, step by step, and who comes next. */
export function FlagAlerts({ flag, now }: { flag: Flag; now: number }) {
  const alerts = flag.alerts ?? [];
  const next = flag.next_alert;
  if (alerts.length === 0 && !next) return null;
  return (
    <ul className="flag-alerts small soft" aria-label="Who was told">
      {alerts.map((told) => (
        <li key={`${told.step}/${told.at}`}>
          {dayTime(told.at)}: {told.tell.join(', ')}, {TOLD_VIA[told.via]}
        </li>
      ))}
      {next && next.at + WATCH_MS >= now && (
        <li>
          Next: {next.tell.join(', ')}, {dayTime(next.at)}
        </li>
      )}
      {next && next.at + WATCH_MS < now && (
        <li>
          <strong>
            {next.tell.join(', ')} should have been told {dayTime(next.at)}: nobody seems to watch.
          </strong>
        </li>
      )}
    </ul>
  );
}

export function FlagCard({ flag, now, onClose }: { flag: Flag; now: number; onClose: (() => void) | null }) {
  const closed = flag.closed;
  const Title = closed ? 'h3' : 'h2';
  return (
    <article className={classes('flag-card', closed ? 'closed' : flag.answer === null && 'unanswered')}>
      <div className="row apart top">
        <Title className="row">
          <FlagIcon /> {closed ? 'Closed safety flag' : 'Answer that needs follow-up'}
        </Title>
        {onClose && !closed && (
          <Button kind="danger" size="small" onPress={onClose}>
            Close this flag …
          </Button>
        )}
      </div>
      <FlagFacts flag={flag} now={now} />
      <FlagAlerts flag={flag} now={now} />
      {closed && (
        <p className="small">
          <strong>{OUTCOMES[closed.outcome]}</strong>, risk judged {RISKS[closed.risk].toLowerCase()}, by {closed.by},{' '}
          {dayTime(closed.at)}. {closed.mitigation}
        </p>
      )}
    </article>
  );
}

export function FlagDialog({ flag, name, now, onClose }: { flag: Flag | null; name: string; now: number; onClose: () => void }) {
  return (
    <Dialog title="Close a safety flag" isOpen={flag !== null} onClose={onClose}>
      {flag && <Form flag={flag} name={name} now={now} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ flag, name, now, onClose }: { flag: Flag; name: string; now: number; onClose: () => void }) {
  const me = useView('me', (core) => core.me());
  const { run, busy, code } = useAct();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [risk, setRisk] = useState<Risk | null>(null);
  const [mitigation, setMitigation] = useState('');

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!outcome || !risk || busy) return;
    const done = await run({
      act: 'dispose',
      patient: flag.patient,
      check_in: flag.check_in,
      item: flag.item,
      answer: flag.answer,
      triage: flag.triage,
      also: [],
      outcome,
      risk,
      mitigation: mitigation.trim(),
    });
    if (done) onClose();
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      <div>
        <p>
          <strong>{name}</strong> · <a href={to.patient(flag.patient, 'plan')} onClick={onClose}>Transition plan</a>
        </p>
        <FlagFacts flag={flag} now={now} />
      </div>
      <Choices label="What was done" words={OUTCOMES} value={outcome} onChange={setOutcome} />
      <Choices
        label="Risk, as you judge it"
        words={RISKS}
        value={risk}
        onChange={setRisk}
        across
        hint="Your clinical judgement, never shown to the patient."
      />
      <Field
        label="What was agreed to keep the patient safe"
        value={mitigation}
        onChange={setMitigation}
        lines={3}
        maxLength={4000}
      />
      <Trouble code={code} />
      <p className="small soft">Signed as {me.data?.name ?? '…'}. A higher answer opens the flag again.</p>
      <div className="actions">
        <Button onPress={onClose}>Not now</Button>
        <Button kind="danger" type="submit" isDisabled={busy || !outcome || !risk || !mitigation.trim()}>
          Close the flag
        </Button>
      </div>
    </form>
  );
}
