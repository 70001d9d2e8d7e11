/** How the page stands with the server: a light in the bar, its details, and notices that matter. */
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { Link } from '../core/core.ts';
import { useCore, useLink, useNow, useRefused, useView } from '../core/react.tsx';
import type { Status } from '../core/types.ts';
import { ago, plural, time } from '../ui/format.ts';
import { Banner, Button, Dialog, classes } from '../ui/parts.tsx';
import { fault, mailboxOf, problem } from '../words.ts';

interface Light {
  kind: 'ok' | 'busy' | 'warn' | 'danger';
  text: string;
}

/** What is being opened, and how far it has come. */
export function opened(what: string, link: Link): string {
  // Fewer than the clinic's own mailboxes are no measure yet.
  if (link.state !== 'opening' || link.of <= 3) return what;
  return `${what}, ${Math.floor((100 * link.opened) / link.of)} %`;
}

/** The one line that matters most. */
export function light(link: Link, status: Status | undefined): Light {
  if (!status) return { kind: 'busy', text: opened('Opening records', link) };
  if (status.faults.length > 0) return { kind: 'danger', text: 'Server not believed' };
  if (status.quarantined.length > 0) {
    return { kind: 'danger', text: plural(status.quarantined.length, 'entry not opened', 'entries not opened') };
  }
  if (link.state === 'offline') {
    return { kind: 'warn', text: status.pending > 0 ? `Offline · not sent yet (${status.pending})` : 'Offline' };
  }
  if (link.state === 'trouble') return { kind: 'warn', text: 'Server refuses' };
  if (status.pending > 0) return { kind: 'busy', text: `Not sent yet (${status.pending})` };
  if (status.synced_at === null) return { kind: 'busy', text: opened('Opening records', link) };
  return { kind: 'ok', text: 'Up to date' };
}

function Details({ link, status, now }: { link: Link; status: Status | undefined; now: number }) {
  const core = useCore();
  if (!status) return <p>The records are being fetched and opened.</p>;
  return (
    <div className="stack">
      <dl className="facts">
        <dt>Last news</dt>
        <dd>{status.synced_at === null ? 'none yet' : `${time(status.synced_at)}, ${ago(status.synced_at, now)}`}</dd>
        <dt>Not sent yet</dt>
        <dd>{status.pending === 0 ? 'nothing' : plural(status.pending, 'entry', 'entries')}</dd>
        <dt>Time zones</dt>
        <dd>table {status.tzdb}</dd>
      </dl>
      {link.state === 'offline' && (
        <p>The server cannot be reached. It is tried again by itself; what you write is kept in this page until then.</p>
      )}
      {link.state === 'trouble' && <p>{problem(link.code)}</p>}
      {status.faults.map((code) => (
        <p key={code}>An answer of the server is not believed: {fault(code)}. Tell your operator.</p>
      ))}
      {status.quarantined.length > 0 && (
        <>
          <h3>Kept apart</h3>
          <ul className="plain stack tight">
            {status.quarantined.map((entry) => (
              <li key={entry.entry}>
                An entry in {mailboxOf(entry.class, entry.patient)} could not be opened: {fault(entry.reason)}.
                <span className="soft"> Place {entry.seq}.</span>
              </li>
            ))}
          </ul>
          <p className="soft">Everything else is shown as usual. Tell your operator; nothing is lost by waiting.</p>
        </>
      )}
      <div className="row end">
        <Button size="small" onPress={() => void core.refresh()}>
          Ask for news now
        </Button>
      </div>
    </div>
  );
}

export function SyncStatus() {
  const link = useLink();
  const status = useView('status', (core) => core.status());
  const now = useNow(30_000);
  const [open, setOpen] = useState(false);
  const { kind, text } = light(link, status.data);
  return (
    <>
      <AriaButton className={classes('sync', kind !== 'ok' && kind)} onPress={() => setOpen(true)}>
        <span className="dot" aria-hidden="true" />
        {text}
      </AriaButton>
      <Dialog title="News and server" isOpen={open} onClose={() => setOpen(false)}>
        <Details link={link} status={status.data} now={now} />
      </Dialog>
    </>
  );
}

/** What must not be overlooked, above every page. */
export function Notices() {
  const core = useCore();
  const link = useLink();
  const refused = useRefused();
  const status = useView('status', (core) => core.status());
  const notices = [];
  if (refused) {
    notices.push(
      <Banner
        key="refused"
        kind="danger"
        live
        action={
          <Button size="small" onPress={() => core.forget()}>
            Understood
          </Button>
        }
      >
        <strong>The server refused something you did.</strong> {problem(refused)}
      </Banner>,
    );
  }
  const quarantined = status.data?.quarantined ?? [];
  if (quarantined.length > 0) {
    notices.push(
      <Banner key="quarantine" kind="danger">
        <strong>{plural(quarantined.length, 'entry', 'entries')} could not be opened</strong>
        {quarantined.length === 1 && quarantined[0]
          ? ` in ${mailboxOf(quarantined[0].class, quarantined[0].patient)}: ${fault(quarantined[0].reason)}.`
          : '. Open the status above to see which.'}{' '}
        The rest is shown as usual.
      </Banner>,
    );
  }
  if ((status.data?.faults.length ?? 0) > 0) {
    notices.push(
      <Banner key="faults" kind="danger">
        <strong>An answer of the server is not believed:</strong> {fault(status.data?.faults[0] ?? '')}. What you see
        may be old. Tell your operator.
      </Banner>,
    );
  }
  if (status.data?.restored) {
    notices.push(
      <Banner key="restored" kind="warn">
        <strong>The clinic restored a backup.</strong> What this page still had was offered to the server again. Look
        at what you did since the backup.
      </Banner>,
    );
  }
  if (link.state === 'offline') {
    notices.push(
      <Banner key="offline" kind="warn">
        <strong>Offline.</strong> You see what was here before; new check-ins do not arrive now. What you write is kept
        in this page and sent when the server is back. Keep the page open.
      </Banner>,
    );
  } else if (link.state === 'trouble') {
    notices.push(
      <Banner key="trouble" kind="warn">
        {problem(link.code)}
      </Banner>,
    );
  }
  return notices.length > 0 ? <div className="notices">{notices}</div> : null;
}
