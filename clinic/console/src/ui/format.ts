/**
 * Dates, times and numbers as people read them. Formatting only: no schedule is computed here.
 * Instants are epoch milliseconds; dates without a time are ISO dates.
 */
import type { IsoDate, Millis } from '../core/types.ts';

const LOCALE = 'en-US';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The zone of this browser. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([zone, options]);
  let made = formats.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat(LOCALE, { ...options, ...(zone ? { timeZone: zone } : {}) });
    } catch {
      // A zone this browser does not know: UTC, and `zoneName` says so.
      made = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: 'UTC' });
    }
    formats.set(key, made);
  }
  return made;
}

/** `9:12 AM` */
export function time(at: Millis, zone?: string): string {
  return format(zone, { hour: 'numeric', minute: '2-digit' }).format(at);
}

/** `Mon, Nov 23` */
export function day(at: Millis, zone?: string): string {
  return format(zone, { weekday: 'short', month: 'short', day: 'numeric' }).format(at);
}

/** `Mon, Nov 23, 9:12 AM` */
export function dayTime(at: Millis, zone?: string): string {
  return `${day(at, zone)}, ${time(at, zone)}`;
}

/** `Nov 23, 2026` of an ISO date. */
export function date(iso: IsoDate): string {
  return format('UTC', { month: 'short', day: 'numeric', year: 'numeric' }).format(Date.parse(`${iso}T00:00:00Z`));
}

/** `Nov 23` of an ISO date. */
export function shortDate(iso: IsoDate): string {
  return format('UTC', { month: 'short', day: 'numeric' }).format(Date.parse(`${iso}T00:00:00Z`));
}

/** `Mon, Nov 23` of an ISO date. */
export function weekdayDate(iso: IsoDate): string {
  return format('UTC', { weekday: 'short', month: 'short', day: 'numeric' }).format(Date.parse(`${iso}T00:00:00Z`));
}

/** `Mon, Nov 23, 9:00 AM to 12:00 PM (Vancouver time)`: a session on the clock that the core gives. */
export function onClock(on: { zone: string; date: IsoDate; start: string; end: string }): string {
  return `${weekdayDate(on.date)}, ${clock(on.start)} to ${clock(on.end)}${zoneNote(on.zone)}`;
}

/** `New York` of `America/New_York`. */
export function zoneCity(zone: string): string {
  return (zone.split('/').pop() ?? zone).replaceAll('_', ' ');
}

/** ` (New York time)` when this browser is elsewhere, else nothing. */
export function zoneNote(zone: string): string {
  return zone === browserZone() ? '' : ` (${zoneCity(zone)} time)`;
}

/** `just now`, `12 min ago`, `5 h ago`, then the day. */
export function ago(at: Millis, now: Millis): string {
  const past = now - at;
  if (past < MINUTE) return 'just now';
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`;
  if (past < 7 * DAY) {
    const days = Math.floor(past / DAY);
    return days === 1 ? '1 day ago' : `${days} days ago`;
  }
  return format(undefined, { month: 'short', day: 'numeric' }).format(at);
}

/** `in 8 min`, `in 2 h 5 min`, `in 3 days`, `now`. */
export function ahead(at: Millis, now: Millis): string {
  const left = at - now;
  if (left < MINUTE) return 'now';
  if (left < HOUR) return `in ${Math.floor(left / MINUTE)} min`;
  if (left < DAY) {
    const minutes = Math.floor((left % HOUR) / MINUTE);
    const hours = Math.floor(left / HOUR);
    return minutes === 0 ? `in ${hours} h` : `in ${hours} h ${minutes} min`;
  }
  const days = Math.floor(left / DAY);
  return days === 1 ? 'in 1 day' : `in ${days} days`;
}

/** `9:41` of what is left until an instant; `0:00` when it has passed. */
export function countdown(until: Millis, now: Millis): string {
  const left = Math.max(0, Math.ceil((until - now) / 1_000));
  const hours = Math.floor(left / 3_600);
  const minutes = Math.floor((left % 3_600) / 60);
  const seconds = String(left % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** A total: whole, or with one digit. */
export function number(value: number): string {
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 }).format(value);
}

/** `+3`, `−4`, `0`: the difference of two totals as printed. */
export function signed(value: number): string {
  if (value === 0) return '0';
  return value > 0 ? `+${number(value)}` : `−${number(-value)}`;
}

/** `1 entry`, `2 entries`. */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The ISO date of an instant on the clock of a zone (this browser's without one). */
export function isoDate(at: Millis, zone: string | undefined): IsoDate {
  const parts = Object.fromEntries(
    format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' })
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
}

/** `9:00 AM` of `09:00`: a time that the core read off a clock. */
export function clock(text: string): string {
  return format('UTC', { hour: 'numeric', minute: '2-digit' }).format(Date.parse(`1970-01-01T${text.slice(0, 5)}:00Z`));
}
