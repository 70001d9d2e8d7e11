/**
 * Set-up of a clinic: describe it, make the keys in this browser, print the recovery sheet and type
 * it back, keep the account secret, and show the server the code it printed for its operator.
 */
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { codeOf, type SetupSheets } from '../core/core.ts';
import { useCore } from '../core/react.tsx';
import { keepSecret } from '../login/secret.ts';
import { to } from '../routes.ts';
import { PrintIcon } from '../ui/icons.tsx';
import { browserZone, date, isoDate } from '../ui/format.ts';
import { Mark } from '../ui/mark.tsx';
import { Banner, Button, Check, Field, Trouble } from '../ui/parts.tsx';
import { ZoneField } from '../ui/zone.tsx';
import '../login/outside.css';

const STEPS = ['Clinic', 'You', 'Recovery sheet', 'Account card', 'Finish'] as const;

interface Form {
  clinic: string;
  zone: string;
  phone: string;
  hours: string;
  name: string;
  title: string;
  login: string;
  passphrase: string;
  again: string;
}

const EMPTY: Form = {
  clinic: '',
  zone: browserZone(),
  phone: '',
  hours: '',
  name: '',
  title: '',
  login: '',
  passphrase: '',
  again: '',
};

function Steps({ at }: { at: number }) {
  return (
    <ol className="plain steps" aria-label="Steps">
      {STEPS.map((name, index) => (
        <li key={name} data-state={index < at ? 'done' : undefined} aria-current={index === at ? 'step' : undefined}>
          {index + 1}. {name}
        </li>
      ))}
    </ol>
  );
}

function Sheet({ title, children, secret }: { title: string; children: ReactNode; secret: string }) {
  return (
    <div className="sheet printed">
      <h2>{title}</h2>
      <p className="secret">{secret}</p>
      <div className="small">{children}</div>
    </div>
  );
}

export function SetupPage({ onDone }: { onDone: () => void }) {
  const core = useCore();
  const [step, setStep] = useState(0);
  const [form, setForm] = useState(EMPTY);
  const [sheets, setSheets] = useState<SetupSheets | null>(null);
  const [typed, setTyped] = useState('');
  const [misread, setMisread] = useState(false);
  const [typing, setTyping] = useState(false);
  const [kept, setKept] = useState(true);
  const [carded, setCarded] = useState(false);
  const [setupCode, setSetupCode] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    document.title = 'Set up a clinic · Handrail';
  }, []);

  const set = (name: keyof Form) => (value: string) => setForm((form) => ({ ...form, [name]: value }));

  async function attempt(work: () => Promise<void>) {
    if (busy) return;
    setBusy(true);
    setCode(null);
    try {
      await work();
    } catch (error) {
      setCode(codeOf(error));
    }
    setBusy(false);
  }

  const steps: (() => Promise<void>)[] = [
    async () => setStep(1),
    async () => {
      setSheets(
        await core.setupBegin({
          clinic: { name: form.clinic, time_zone: form.zone, phone: form.phone, hours: form.hours },
          name: form.name,
          title: form.title,
          login: form.login.trim().toLowerCase(),
          passphrase: form.passphrase,
        }),
      );
      setTyping(false);
      setTyped('');
      setStep(2);
    },
    async () => {
      if (!typing) {
        setTyping(true);
        return;
      }
      const right = await core.setupConfirm(typed);
      setMisread(!right);
      if (right) {
        setKept(sheets !== null && keepSecret(form.login, sheets.account));
        setTyped('');
        setStep(3);
      }
    },
    async () => setStep(4),
    async () => {
      await core.setupFinish(setupCode);
      onDone();
    },
  ];

  function submit(event: FormEvent) {
    event.preventDefault();
    if (ready) void attempt(steps[step]!);
  }

  const differ = form.again !== '' && form.again !== form.passphrase;
  const ready = [
    form.clinic.trim() !== '' && form.zone !== '' && form.phone.trim() !== '',
    form.name.trim() !== '' && form.login.trim() !== '' && form.passphrase !== '' && form.again === form.passphrase,
    !typing || typed.trim() !== '',
    carded,
    setupCode.trim() !== '',
  ][step]!;
  const made = date(isoDate(core.now(), undefined));

  return (
    <div className="outside">
      <header className="outside-head">
        <Mark size={36} />
        Handrail
      </header>
      <main className="outside-card wide">
        <Steps at={step} />
        <form className="card pad stack" onSubmit={submit} noValidate autoComplete="off">
          {step === 0 && (
            <>
              <h1>Set up your clinic</h1>
              <p className="soft">
                What you write here is shown to patients and families: who you are, and when someone answers the phone.
              </p>
              <Field label="Name of the clinic" value={form.clinic} onChange={set('clinic')} />
              <ZoneField label="Time zone of the clinic" value={form.zone} onChange={set('zone')} />
              <div className="row even top">
                <Field label="Program phone" type="tel" value={form.phone} onChange={set('phone')} />
                <Field
                  label="Hours"
                  value={form.hours}
                  onChange={set('hours')}
                  optional
                  hint="When someone answers, such as: weekdays 8 to 5"
                />
              </div>
            </>
          )}
          {step === 1 && (
            <>
              <h1>Your account</h1>
              <p className="soft">You become the clinic’s first administrator. Your name is shown on receipts.</p>
              <div className="row even top">
                <Field label="Your name" value={form.name} onChange={set('name')} autoComplete="name" />
                <Field label="Title" value={form.title} onChange={set('title')} optional hint="Such as: group therapist" />
              </div>
              <Field
                label="Login name"
                value={form.login}
                onChange={set('login')}
                autoComplete="username"
                hint="Small letters, digits, dots, hyphens"
              />
              <Field
                label="Passphrase"
                type="password"
                value={form.passphrase}
                onChange={set('passphrase')}
                autoComplete="new-password"
                hint="At least 12 characters. Four or five words are good. Nobody can reset it for you."
              />
              <Field
                label="Passphrase again"
                type="password"
                value={form.again}
                onChange={set('again')}
                autoComplete="new-password"
                wrong={differ ? 'The two are not the same.' : null}
              />
            </>
          )}
          {step === 2 && sheets && (
            <>
              <h1>{typing ? 'Type the recovery sheet back' : 'Your recovery sheet'}</h1>
              {typing ? (
                <>
                  <p className="soft no-print">Read it from the paper, not from memory. Spaces and small letters do not matter.</p>
                  <Field
                    label="Recovery sheet"
                    value={typed}
                    onChange={(value) => (setTyped(value), setMisread(false))}
                    lines={3}
                    mono
                    autoFocus
                    wrong={misread ? 'This is not what is on the sheet. Look for a letter that is off.' : null}
                  />
                </>
              ) : (
                <>
                  <Banner kind="warn">
                    <strong>This opens every record of the clinic</strong>, also when all passphrases are lost. Print
                    it, put it into an envelope, and lock it away. Nobody has a copy.
                  </Banner>
                  <Sheet title={`Recovery sheet of ${form.clinic}`} secret={sheets.recovery}>
                    Made {made}. Keep under lock. Whoever holds this sheet can open every record of the clinic.
                  </Sheet>
                  <div className="row">
                    <Button onPress={() => window.print()}>
                      <PrintIcon /> Print
                    </Button>
                  </div>
                </>
              )}
            </>
          )}
          {step === 3 && sheets && (
            <>
              <h1>Your account card</h1>
              <p className="soft no-print">
                Together with your passphrase, this secret opens your account.{' '}
                {kept
                  ? 'This browser keeps it; you need the card on another computer.'
                  : 'This browser does not let us keep it: you will need the card at every login.'}
              </p>
              <Sheet title={`Account card of ${form.name}`} secret={sheets.account}>
                Login name {form.login.trim().toLowerCase()}. Made {made}. Useless without the passphrase; never write
                the passphrase on it.
              </Sheet>
              <div className="row">
                <Button onPress={() => window.print()}>
                  <PrintIcon /> Print
                </Button>
              </div>
              <Check label="I have printed the card or written it down" value={carded} onChange={setCarded} />
            </>
          )}
          {step === 4 && (
            <>
              <h1>Finish</h1>
              <p className="soft">
                The server printed a set-up code when it was started for the first time. Its operator can read it to
                you. It works once.
              </p>
              <Field label="Set-up code" value={setupCode} onChange={setSetupCode} mono autoFocus />
            </>
          )}
          <Trouble code={code} />
          <div className="row apart no-print">
            {step === 0 ? (
              <a href={to.login()}>Back to login</a>
            ) : step === 1 || (step === 2 && typing) ? (
              <Button onPress={() => (step === 1 ? setStep(0) : setTyping(false))}>Back</Button>
            ) : (
              <span />
            )}
            <Button kind="primary" type="submit" isDisabled={busy || !ready}>
              {busy ? 'One moment …' : NEXT[step === 2 && typing ? 5 : step]}
            </Button>
          </div>
        </form>
      </main>
    </div>
  );
}

const NEXT = [
  'Next',
  'Make the keys',
  'It is printed: type it back',
  'Next',
  'Make the clinic',
  'Check what I typed',
];
