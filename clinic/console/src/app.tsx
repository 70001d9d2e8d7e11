/** The whole page: outside (login, set-up) or inside (the frame with its pages). */
import { useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import type { Core, LogoutReason } from './core/core.ts';
import { CoreProvider } from './core/react.tsx';
import { Frame } from './frame/frame.tsx';
import { IdleWatch } from './frame/idle.tsx';
import { LoginPage } from './login/login.tsx';
import { parseRoute, replace, to, useHash } from './routes.ts';
import { SetupPage } from './setup/setup.tsx';

/** `start` is for tests that begin logged in. */
export function App({ core, start = 'outside' }: { core: Core; start?: 'outside' | 'inside' }) {
  const [inside, setInside] = useState(start === 'inside');
  const [left, setLeft] = useState<LogoutReason | null>(null);
  const route = parseRoute(useHash());

  useEffect(
    () =>
      core.onLogout((reason) => {
        setInside(false);
        setLeft(reason);
      }),
    [core],
  );

  async function leave(reason: LogoutReason) {
    setInside(false);
    setLeft(reason);
    // What was open is nobody's business on a shared screen.
    if (reason === 'asked') replace(to.login());
    await core.logout(reason);
  }

  function enter() {
    setLeft(null);
    setInside(true);
    if (route.page === 'setup') replace(to.caseload());
  }

  return (
    <I18nProvider locale="en-US">
      <CoreProvider core={core}>
        {inside ? (
          <>
            <Frame onLogout={() => void leave('asked')} />
            <IdleWatch onIdle={() => void leave('idle')} />
          </>
        ) : route.page === 'setup' ? (
          <SetupPage onDone={enter} />
        ) : (
          <LoginPage left={left} onDone={enter} />
        )}
      </CoreProvider>
    </I18nProvider>
  );
}
