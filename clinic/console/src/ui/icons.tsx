/** A few line icons, drawn here. Decorative: the words beside them say it. */
import type { ReactNode } from 'react';

function icon(children: ReactNode) {
  return function Icon({ size = 18 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {children}
      </svg>
    );
  };
}

export const FlagIcon = icon(<path d="M5 21V4m0 1c5-3 8 3 14 0v9c-6 3-9-3-14 0" />);
export const CheckIcon = icon(<path d="m5 12.5 4.5 4.5L19 7.5" />);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6 6 18" />);
export const DownIcon = icon(<path d="m6 9 6 6 6-6" />);
export const BackIcon = icon(<path d="M19 12H5m6-6-6 6 6 6" />);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m20 20-4.2-4.2" />
  </>,
);
export const AlertIcon = icon(
  <>
    <path d="M12 4 2.8 19.5h18.4z" />
    <path d="M12 10v4m0 3v.01" />
  </>,
);
export const InfoIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 11v5m0-8.5v.01" />
  </>,
);
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.2 2.600 3.500 5.500" />
  </>,
);
export const GroupIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <circle cx="12" cy="6.500" r="1.200" />
    <circle cx="7" cy="14.500" r="1.200" />
    <circle cx="17" cy="14.500" r="1.200" />
  </>,
);
export const BookIcon = icon(<path d="M4 5.500c3-1.500 6-1 8 .7 2-1.700 5-2.200 8-.7V19c-3-1.500-6-1-8 .7-2-1.700-5-2.200-8-.7zM12 6.200v13.500" />);
export const ClinicIcon = icon(<path d="M4 21V8l8-5 8 5v13M9 21v-6h6v6M12 8v4m-2-2h4" />);
export const PhoneIcon = icon(
  <>
    <rect x="7" y="2.500" width="10" height="19" rx="2.500" />
    <path d="M11 18.500h2" />
  </>,
);
export const PrintIcon = icon(<path d="M7 9V3h10v6M7 17H4v-7h16v7h-3M7 14h10v7H7z" />);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const CalendarIcon = icon(
  <>
    <rect x="3.500" y="5" width="17" height="15.500" rx="2" />
    <path d="M3.500 10h17M8 3v4m8-4v4" />
  </>,
);
export const TrashIcon = icon(<path d="M4 7h16M9 7V4h6v3m-8 0 1 13h8l1-13" />);
export const OfflineIcon = icon(<path d="M3 3l18 18M7 17.500a4.500 4.500 0 0 1 0-9m4-2.900a6 6 0 0 1 7 5.400 3.500 3.500 0 0 1 2 6" />);
export const UserIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 21c.6-4.500 3.500-7 8-7s7.400 2.500 8 7" />
  </>,
);
