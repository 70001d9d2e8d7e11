/**
 * The account secret as this browser keeps it. Alone it opens nothing: the passphrase is needed too,
 * so a stolen database or a stolen browser profile is not enough.
 */

function key(login: string): string {
  return `handrail.account-secret.${login.trim().toLowerCase()}`;
}

export function keptSecret(login: string): string | null {
  try {
    return localStorage.getItem(key(login));
  } catch {
    return null;
  }
}

/** False when the browser refuses to keep anything (a private window, a policy). */
export function keepSecret(login: string, secret: string): boolean {
  try {
    localStorage.setItem(key(login), secret);
    return true;
  } catch {
    return false;
  }
}
