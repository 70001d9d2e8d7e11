/** Login: name, passphrase, and the account secret when this browser does not have it. */
import { useEffect, useState, type FormEvent } from 'react';
import { codeOf, type LogoutReason } from '../core/core.ts';
import { useCore } from '../core/react.tsx';
import { to } from '../routes.ts';
import { Mark } from '../ui/mark.tsx';
import { Banner, Button, Check, Field, Trouble } from '../ui/parts.tsx';
import { keepSecret, keptSecret } from './secret.ts';
import './outside.css';

const LEFT: Record<LogoutReason, string> = {
  asked: 'You are logged out. The keys have left this browser’s memory.',
  idle: 'You were logged out because nobody used the page for 15 minutes.',
  'session-ended': 'Your session at the server has ended. Log in again: what you wrote here and was not sent yet goes out then.',
};

export function LoginPage({ left, onDone }: { left: LogoutReason | null; onDone: () => void }) {
  const core = useCore();
  const [login, setLogin] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [secret, setSecret] = useState('');
  const [keep, setKeep] = useState(true);
  const [code, setCode] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [askSecret, setAskSecret] = useState(false);

  useEffect(() => {
    document.title = 'Log in · Handrail';
  }, []);

  const kept = login.trim() ? keptSecret(login) : null;
  const typed = askSecret || (login.trim() !== '' && !kept);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setCode(null);
    const used = typed ? secret : (kept ?? '');
    try {
      await core.login(login, passphrase, used);
      if (typed && keep) keepSecret(login, used);
      onDone();
    } catch (error) {
      setCode(codeOf(error));
      setBusy(false);
    }
  }

  return (
    <div className="outside">
      <header className="outside-head">
        <Mark size={36} />
        Handrail
      </header>
      <main className="card pad outside-card">
        <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
          <h1>Log in</h1>
          {left && !code && <Banner kind="info">{LEFT[left]}</Banner>}
          <Trouble code={code} />
          <Field label="Login name" value={login} onChange={setLogin} autoComplete="username" name="login" mono={false} />
          <Field
            label="Passphrase"
            type="password"
            value={passphrase}
            onChange={setPassphrase}
            autoComplete="current-password"
            name="passphrase"
          />
          {typed ? (
            <>
              <Field
                label="Account secret"
                value={secret}
                onChange={setSecret}
                autoComplete="off"
                mono
                hint="Printed on your account card. This browser does not have it yet."
              />
              <Check
                label="Keep the account secret in this browser"
                value={keep}
                onChange={setKeep}
              />
            </>
          ) : (
            kept && (
              <p className="small soft">
                This browser has your account secret.{' '}
                <Button kind="quiet" size="small" onPress={() => setAskSecret(true)}>
                  Type another one
                </Button>
              </p>
            )
          )}
          <Button kind="primary" type="submit" isDisabled={busy || !login || !passphrase || (typed && !secret)}>
            {busy ? 'Opening your keys …' : 'Log in'}
          </Button>
        </form>
      </main>
      <footer className="outside-foot stack tight">
        <p>
          Records are opened in this browser only; the server cannot read them. Check-ins are not watched around the
          clock.
        </p>
        <p>
          New server? <a href={to.setup()}>Set up a clinic</a>
        </p>
      </footer>
    </div>
  );
}
