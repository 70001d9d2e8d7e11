/** The bar, the navigation and the page below it. */
import { useEffect, useRef, useState, type ComponentType } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { CaseloadPage } from '../caseload/caseload.tsx';
import { ClinicPage } from '../clinic/clinic.tsx';
import { useView } from '../core/react.tsx';
import { EducationPage } from '../education/education.tsx';
import { GroupsPage } from '../group/group.tsx';
import { PatientPage } from '../patient/patient.tsx';
import { parseRoute, to, useHash, type Route } from '../routes.ts';
import { BookIcon, ClinicIcon, GroupIcon, PeopleIcon, UserIcon } from '../ui/icons.tsx';
import { Button, Dialog, Empty } from '../ui/parts.tsx';
import { plural } from '../ui/format.ts';
import { Mark } from '../ui/mark.tsx';
import { Notices, SyncStatus } from './sync.tsx';
import './frame.css';

const PLACES: { page: Route['page'][]; name: string; href: string; icon: ComponentType<{ size?: number }> }[] = [
  { page: ['caseload', 'patient'], name: 'Caseload', href: to.caseload(), icon: PeopleIcon },
  { page: ['group'], name: 'Group', href: to.group(), icon: GroupIcon },
  { page: ['education'], name: 'Education', href: to.education(), icon: BookIcon },
  { page: ['clinic'], name: 'Clinic', href: to.clinic(), icon: ClinicIcon },
];

const TITLES: Record<Route['page'], string> = {
  caseload: 'Caseload',
  group: 'Group',
  // No patient's name in the title: it shows in the task bar and the browser's history.
  patient: 'Patient',
  education: 'Education',
  clinic: 'Clinic',
  setup: 'Handrail',
  unknown: 'Handrail',
};

function Places({ route, label }: { route: Route; label: string }) {
  return (
    <nav className={label === 'Main' ? 'frame-nav' : 'frame-nav tabbar'} aria-label={label}>
      <ul className="plain">
        {PLACES.map(({ page, name, href, icon: Icon }) => (
          <li key={name}>
            <a href={href} aria-current={page.includes(route.page) ? 'page' : undefined}>
              <Icon />
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'caseload':
      return <CaseloadPage />;
    case 'group':
      return <GroupsPage track={route.track} />;
    case 'patient':
      return <PatientPage key={route.id} id={route.id} tab={route.tab} item={route.item} />;
    case 'education':
      return <EducationPage slug={route.slug} />;
    case 'clinic':
      return <ClinicPage />;
    default:
      return (
        <div className="card">
          <Empty title="There is no such page" level={1}>
            <a href={to.caseload()}>Go to the caseload</a>
          </Empty>
        </div>
      );
  }
}

/** Entries that are not at the server yet would be lost with the page: the browser asks first. */
function useLeaveGuard(pending: number) {
  useEffect(() => {
    if (pending === 0) return;
    const guard = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', guard);
    return () => window.removeEventListener('beforeunload', guard);
  }, [pending]);
}

export function Frame({ onLogout }: { onLogout: () => void }) {
  const hash = useHash();
  const route = parseRoute(hash);
  const me = useView('me', (core) => core.me());
  const clinic = useView('clinic', (core) => core.clinic());
  const status = useView('status', (core) => core.status());
  const pending = status.data?.pending ?? 0;
  const [leaving, setLeaving] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useLeaveGuard(pending);

  const place = route.page === 'patient' ? `patient ${route.id}` : route.page;
  useEffect(() => {
    document.title = `${TITLES[route.page]} · Handrail`;
    // After a click on a link, keyboard and screen reader go on in the new page.
    if (!first.current) {
      main.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    first.current = false;
  }, [place, route.page]);

  const name = me.data?.name || 'Your account';
  return (
    <div className="frame">
      <a className="skip-link" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the page
      </a>
      <header className="frame-bar">
        <div className="brand">
          <Mark />
          <span>{clinic.data?.clinic?.name ?? 'Handrail'}</span>
        </div>
        <Places route={route} label="Main" />
        <div className="frame-side">
          <SyncStatus />
          <MenuTrigger>
            <Button kind="quiet" calm square aria-label={`${name}: account`}>
              <UserIcon />
            </Button>
            <Popover className="popover" placement="bottom end">
              <Menu
                className="listbox"
                aria-label="Account"
                disabledKeys={['who']}
                onAction={(key) => key === 'out' && (pending > 0 ? setLeaving(true) : onLogout())}
              >
                <MenuItem id="who" className="option soft" textValue={name}>
                  {name}
                  {me.data?.title ? `, ${me.data.title}` : ''}
                </MenuItem>
                <MenuItem id="out" className="option">
                  Log out
                </MenuItem>
              </Menu>
            </Popover>
          </MenuTrigger>
        </div>
      </header>
      <main className="frame-main" id="main" ref={main} tabIndex={-1}>
        <Notices />
        <Page route={route} />
      </main>
      <Places route={route} label="Pages" />
      <Dialog title="Not sent yet" isOpen={leaving} onClose={() => setLeaving(false)} role="alertdialog">
        <div className="stack">
          <p>
            {plural(pending, 'entry has', 'entries have')} not reached the clinic’s server. Logging out now loses
            them.
          </p>
          <div className="actions">
            <Button onPress={() => setLeaving(false)}>Stay</Button>
            <Button kind="danger" onPress={onLogout}>
              Log out and lose them
            </Button>
          </div>
        </div>
      </Dialog>
    </div>
  );
}
