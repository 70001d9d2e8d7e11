/** One check-in as the patient wrote it. */
import type { CheckInView } from '../core/types.ts';
import { browserZone, dayTime, number, zoneCity } from '../ui/format.ts';
import { severity, totalNote } from '../words.ts';

export function Answers({ checkIn, level }: { checkIn: CheckInView; level: 2 | 3 }) {
  const Title = level === 2 ? 'h2' : 'h3';
  const note = totalNote(checkIn.status, checkIn.complete);
  const elsewhere = checkIn.zone !== browserZone();
  const late = checkIn.received !== null && checkIn.received - checkIn.at > 10 * 60_000;
  return (
    <article className="stack">
      <header className="stack tight">
        <div className="row apart">
          <Title>{checkIn.title}</Title>
          {checkIn.total !== null && (
            <span>
              <strong>{number(checkIn.total)}</strong>
              {checkIn.severity && <span className="soft"> {severity(checkIn.severity)}</span>}
            </span>
          )}
        </div>
        <p className="small soft">
          Written {dayTime(checkIn.at, checkIn.zone)}
          {elsewhere && ` (${zoneCity(checkIn.zone)} time; ${dayTime(checkIn.at)} here)`}
          {late && checkIn.received !== null && `, arrived ${dayTime(checkIn.received)}`}
        </p>
        <div className="row">
          {checkIn.safety_positive && <span className="badge danger">Answers that need follow-up</span>}
          {note && <span className="badge warn">{note}</span>}
        </div>
      </header>
      {checkIn.note && (
        <div>
          <p className="small soft">Note</p>
          <p className="note">{checkIn.note}</p>
        </div>
      )}
      <dl className="answers">
        {checkIn.answers.map((line) => (
          <div key={line.item} className={line.safety ? 'safety' : undefined}>
            <dt>
              {line.safety && <span className="unseen">Safety item: </span>}
              {line.text}
            </dt>
            <dd className={line.answer === null ? 'left-out' : undefined}>{line.answer ?? 'left out'}</dd>
          </div>
        ))}
      </dl>
      <p className="small soft">
        {checkIn.opened_by && checkIn.opened_at !== null
          ? `Opened by ${checkIn.opened_by}, ${dayTime(checkIn.opened_at)}. The patient sees this.`
          : 'The patient sees who has opened it and when.'}
      </p>
    </article>
  );
}
