// A real `hms serve --demo` on free ports, with a data folder of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const binary = path.resolve(process.env['HMS_BIN'] ?? path.join(here, '..', 'target', 'release', 'hms'));

/** Making the demo's sample history takes a few seconds on a busy machine. */
const startMsMax = 60_000;
/** SIGTERM drains and exits within 5 s; the rest is for a busy machine. */
const endMsMax = 8_000;

export type Role = 'investigator' | 'supervisor' | 'administrator' | 'auditor' | 'officer' | 'permit-technician';

export interface Person {
  email: string;
  password: string;
  role: string;
}

export interface Options {
  /** How many times faster workflow time runs than the wall clock. */
  clockRate?: number;
  /** Whether there is a month of made-up cases at the start. */
  sampleHistory?: boolean;
  /** More arguments of `hms serve`. */
  more?: string[];
  /** Where the pages are to be, when somebody has to know it before. */
  portalAddr?: string;
}

export class Hms {
  portal = '';
  api = '';
  people: Person[] = [];
  private child: ChildProcess | undefined;
  private output: string[] = [];
  private readonly data = mkdtempSync(path.join(tmpdir(), 'hms-end2end-'));

  private constructor(private readonly options: Options) {}

  static async start(options: Options = {}): Promise<Hms> {
    if (!existsSync(binary)) {
      throw new Error(`there is no ${binary}: run \`cargo xtask build\`, or set HMS_BIN`);
    }
    const hms = new Hms(options);
    await hms.launch(options.portalAddr ?? '127.0.0.1:0', '127.0.0.1:0');
    return hms;
  }

  /** The person of the demo who has this role. */
  person(role: Role): Person {
    const person = this.people.find((person) => person.role === role);
    if (!person) {
      throw new Error(`no \`sign in:\` line for the role ${role} in:\n${this.told()}`);
    }
    return person;
  }

  /** Asks it to end, as a service manager would. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Takes it away in the middle of what it does. */
  async crash(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Starts it again where it was: same folder, same ports. */
  async startAgain(): Promise<void> {
    await this.launch(new URL(this.portal).host, new URL(this.api).host);
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** What it printed, for the message of a failed test. */
  told(): string {
    return this.output.join('\n');
  }

  private async launch(portalAddr: string, apiAddr: string): Promise<void> {
    const child = spawn(
      binary,
      [
        'serve',
        '--demo',
        ...['--portal-addr', portalAddr],
        ...['--api-addr', apiAddr],
        ...['--data-dir', this.data],
        ...['--clock-rate', String(this.options.clockRate ?? 1)],
        ...['--builtin-workers', 'all'],
        ...(this.options.sampleHistory ? [] : ['--no-sample-history']),
        ...(this.options.more ?? []),
      ],
      // Not in the repository: what it needs, it must carry itself.
      { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.child = child;
    this.output = [];
    this.people = [];
    this.portal = '';
    this.api = '';
    const gone = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`hms ended (${code ?? signal}) before it was up:\n${this.told()}`)));
    });
    const ready = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.hear(line);
          if (this.portal && this.api && this.people.length >= 3) {
            resolve();
          }
        });
      }
    });
    let alarm: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      alarm = setTimeout(() => reject(new Error(`hms did not say where it is within ${startMsMax} ms:\n${this.told()}`)), startMsMax);
    });
    try {
      await Promise.race([ready, gone, late]);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(alarm);
    }
    gone.catch(() => {}); // It ends some day; by then that is no news.
  }

  private hear(line: string): void {
    this.output.push(line);
    const [, name, url] = /^(portal|api): (http:\/\/\S+)/.exec(line) ?? [];
    if (url) {
      this[name as 'portal' | 'api'] = url.replace(/\/$/, '');
    }
    const [, email, password, role] = /^sign in: (\S+) (\S+) (\S+)/.exec(line) ?? [];
    if (email && password && role) {
      this.people.push({ email, password, role });
    }
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const ended = new Promise<boolean>((resolve) => child.once('exit', () => resolve(true)));
    child.kill(signal);
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), endMsMax).unref());
    if (!(await Promise.race([ended, late]))) {
      child.kill('SIGKILL');
      await ended;
      throw new Error(`hms did not end within ${endMsMax} ms of ${signal}:\n${this.told()}`);
    }
  }
}
