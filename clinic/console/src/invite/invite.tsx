/**
 * Invites a phone: a link and QR code with a secret, and six digits that are told another way. Either
 * alone opens nothing, so the two are never shown as one thing to copy.
 */
import { useState } from 'react';
import { useAct, useNow } from '../core/react.tsx';
import type { Done, InviteView } from '../core/types.ts';
import { countdown, dayTime } from '../ui/format.ts';
import { Banner, Button, Dialog, Trouble, classes } from '../ui/parts.tsx';
import { INVITE_STATES } from '../words.ts';
import { Qr } from './qr.tsx';

export interface Invitee {
  subject: string;
  name: string;
}

export function InviteDialog({ invitee, onClose }: { invitee: Invitee | null; onClose: () => void }) {
  return (
    <Dialog title={invitee ? `Invite a phone of ${invitee.name}` : 'Invite'} isOpen={invitee !== null} onClose={onClose} size="wide">
      {invitee && <Invite key={invitee.subject} invitee={invitee} onClose={onClose} />}
    </Dialog>
  );
}

function Invite({ invitee, onClose }: { invitee: Invitee; onClose: () => void }) {
  const { run, busy, code } = useAct();
  const [made, setMade] = useState<(Done & { on_screen: boolean }) | null>(null);

  async function make(on_screen: boolean) {
    const done = await run({ act: 'invite', subject: invitee.subject, on_screen });
    if (done) setMade({ ...done, on_screen });
  }

  if (!made?.link || !made.code || made.expires_at === null) {
    return (
      <div className="stack">
        <p>The phone gets the keys of this record. Make sure who holds it.</p>
        <div className="columns half">
          <div className="card pad stack">
            <h3>In the room</h3>
            <p className="soft">A QR code on this screen, good for ten minutes. You tell the six digits.</p>
            <Button kind="primary" isDisabled={busy} onPress={() => void make(true)}>
              Show a QR code
            </Button>
          </div>
          <div className="card pad stack">
            <h3>From afar</h3>
            <p className="soft">A link to send, good for 72 hours. You tell the six digits by phone.</p>
            <Button isDisabled={busy} onPress={() => void make(false)}>
              Make a link
            </Button>
          </div>
        </div>
        <Trouble code={code} />
      </div>
    );
  }
  return (
    <Made
      name={invitee.name}
      link={made.link}
      digits={made.code}
      until={made.expires_at}
      onScreen={made.on_screen}
      invite={made.id}
      onClose={onClose}
    />
  );
}

function Made(props: {
  name: string;
  link: string;
  digits: string;
  until: number;
  onScreen: boolean;
  invite: string | null;
  onClose: () => void;
}) {
  const { name, link, digits, until, onScreen, invite, onClose } = props;
  const now = useNow(1_000);
  const { run, busy, code } = useAct();
  const [shown, setShown] = useState(false);
  const [copied, setCopied] = useState(false);
  const over = now >= until;

  async function revoke() {
    if (!invite) return onClose();
    if (await run({ act: 'revoke-invite', invite })) onClose();
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      // No permission: the link is there to be selected by hand.
      setCopied(false);
    }
  }

  if (over) {
    return (
      <div className="stack">
        <Banner kind="info">The time of this invite has passed. It opens nothing any more.</Banner>
        <div className="actions">
          <Button kind="primary" onPress={onClose}>
            Done
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className="stack">
      <div className="invite-parts">
        <div className="stack tight">
          <h3>1. {onScreen ? 'Scan this' : 'Send this'}</h3>
          <Qr text={link} label={`QR code of the invite for ${name}`} />
        </div>
        <div className="stack">
          <div className="stack tight">
            <span className="small soft">The same as a link</span>
            <div className="invite-link">{link}</div>
            <div className="row">
              <Button size="small" onPress={() => void copy()}>
                Copy the link
              </Button>
              <span className="small soft" role="status">
                {copied ? 'Copied' : ''}
              </span>
            </div>
          </div>
          <div className="card pad stack tight">
            <h3>2. Tell the six digits</h3>
            <p className="small soft">By voice. Never in the same message as the link.</p>
            {shown ? (
              <p className="invite-code">
                <span className="unseen">Six digits: </span>
                {digits.slice(0, 3)} {digits.slice(3)}
              </p>
            ) : (
              <div>
                <Button onPress={() => setShown(true)}>Show the digits</Button>
              </div>
            )}
          </div>
          <p>
            Good for <strong className="nowrap">{countdown(until, now)}</strong>
            <span className="soft">, five tries, one phone.</span>
          </p>
        </div>
      </div>
      <Trouble code={code} />
      <div className="row apart">
        <Button isDisabled={busy} onPress={() => void revoke()}>
          Take the invite back
        </Button>
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </div>
  );
}

/** Invites of the last days and where they stand. */
export function OpenInvites({ invites, now }: { invites: readonly InviteView[]; now: number }) {
  const { run, busy, code } = useAct();
  if (invites.length === 0) return null;
  return (
    <section className="card" aria-labelledby="invites">
      <header>
        <h2 id="invites">Invites</h2>
      </header>
      <Trouble code={code} />
      <ul className="plain items">
        {invites.map((invite) => {
          const state = invite.state as keyof typeof INVITE_STATES;
          const open = state === 'open' && invite.expires_at > now;
          return (
            <li key={invite.id} className="row apart">
              <div>
                <strong>{invite.name}</strong>{' '}
                <span className={classes('badge', open && 'accent', state === 'used' && 'ok')}>
                  {open || state !== 'open' ? (INVITE_STATES[state] ?? invite.state) : INVITE_STATES.expired}
                </span>
                <div className="small soft">
                  Made {dayTime(invite.made_at)}
                  {open && `, until ${dayTime(invite.expires_at)}`}
                </div>
              </div>
              {open && (
                <Button
                  size="small"
                  isDisabled={busy}
                  onPress={() => void run({ act: 'revoke-invite', invite: invite.id })}
                >
                  Take back
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
