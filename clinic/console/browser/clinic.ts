/** The real server and real phones, each in folders of their own that go with the test. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import initSqlJs, { type Database } from 'sql.js';
import type { Page } from 'playwright-core';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

function program(name: string): string {
  const variable = `HANDRAIL_${name.toUpperCase()}_BIN`;
  return process.env[variable] ?? join(ROOT, 'target', 'debug', `handrail-${name}`);
}

/** What `handrail-desk seed` says. */
export interface Demo {
  logins: { name: string; login: string; passphrase: string; account_secret: string }[];
  invite: { name: string; link: string; code: string };
  phones: string;
}

export class Clinic {
  readonly folder: string;
  readonly #stays: boolean;
  readonly #log: string[] = [];
  #server: ChildProcess | undefined;
  origin = '';

  /** Over a folder that is there and stays, else over one that goes with the test. */
  private constructor(folder?: string) {
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'handrail-clinic-'));
    this.#stays = folder !== undefined;
  }

  static async start(folder?: string): Promise<Clinic> {
    const clinic = new Clinic(folder);
    await clinic.up();
    return clinic;
  }

  /** Starts the server; after a stop on the same port. */
  async up(): Promise<void> {
    const address = this.origin ? new URL(this.origin).host : '127.0.0.1:0';
    const server = spawn(
      program('server'),
      [
        ...['--data', join(this.folder, 'server')],
        ...['--listen', address],
        ...['--console', join(ROOT, 'clinic', 'console', 'dist')],
        ...['--setup-code-file', this.setupCodeFile],
      ],
      { env: { ...process.env, HANDRAIL_LOG: 'warn' }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#server = server;
    server.stderr.on('data', (bytes: Buffer) => this.#log.push(bytes.toString()));
    this.origin = await new Promise<string>((resolve, reject) => {
      createInterface(server.stdout).on('line', (line) => {
        const address = /listening on (\S+)/.exec(line)?.[1];
        if (address) resolve(address.replace(/\/$/, ''));
      });
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`the server ended: ${code}\n${this.#log.join('')}`)));
    });
  }

  /** Stops the server as an operator would. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    const stubborn = setTimeout(() => server.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(stubborn);
  }

  async end(): Promise<void> {
    await this.down();
    if (!this.#stays) rmSync(this.folder, { recursive: true, force: true });
  }

  get setupCodeFile(): string {
    return join(this.folder, 'setup-code');
  }

  get setupCode(): string {
    return readFileSync(this.setupCodeFile, 'utf8').trim();
  }

  /** Makes the demo clinic through real phone cores. */
  async seed(): Promise<Demo> {
    const { stdout } = await run(program('desk'), [
      'seed',
      ...['--server', this.origin],
      ...['--data', this.folder],
      ...['--setup-code', this.setupCodeFile],
    ]);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Demo;
  }

  /** Acts as a phone. The folder is the phone. */
  async phone(folder: string, ...action: string[]): Promise<Record<string, unknown>> {
    try {
      const { stdout } = await run(program('desk'), ['phone', folder, ...action]);
      return JSON.parse(stdout) as Record<string, unknown>;
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`phone ${action.join(' ')}: ${stdout ?? ''}${stderr ?? ''}`, { cause: error });
    }
  }

  /** Changes the database while the server is stopped: what an operator with bad intent can do. */
  async alter(change: (database: Database) => Promise<void>): Promise<void> {
    await this.down();
    const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');
    const SQL = await initSqlJs({ locateFile: () => wasm });
    const path = join(this.folder, 'server', 'handrail.sqlite');
    const database = new SQL.Database(readFileSync(path));
    await change(database);
    writeFileSync(path, database.export());
    database.close();
    rmSync(`${path}-wal`, { force: true });
    rmSync(`${path}-shm`, { force: true });
    await this.up();
  }
}

export interface Credentials {
  login: string;
  passphrase: string;
  account_secret: string;
}

/** Fills in the login form and sends it. */
export async function logIn(page: Page, who: Credentials): Promise<void> {
  await page.getByLabel('Login name').fill(who.login);
  await page.getByLabel('Passphrase').fill(who.passphrase);
  const secret = page.getByRole('textbox', { name: 'Account secret' });
  if (await secret.isVisible()) await secret.fill(who.account_secret);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Waits until everything asked of the server has been answered. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Up to date' }).waitFor();
}
