// The HTTP API, as workers and other systems use it.

import type { Hms } from './server.ts';

export interface Run {
  id: string;
  case: string;
  status: string;
  breached: boolean;
}

export interface Task {
  id: string;
  run_id: string;
  step_id: string;
  status: string;
}

/** All runs, or those whose number begins with this. */
export async function runs(hms: Hms, number?: string): Promise<Run[]> {
  const search = number === undefined ? '' : `&q=${encodeURIComponent(number)}`;
  return get(`${hms.api}/act/runs?limit=1000${search}`);
}

/** The tasks an actor could begin now. */
export async function tasks(hms: Hms, actor: string): Promise<Task[]> {
  return get(`${hms.api}/act/tasks?actor=${encodeURIComponent(actor)}`);
}

/** Finishes a task with a result. */
export async function complete(hms: Hms, task: Task, result: unknown): Promise<void> {
  const answer = await fetch(`${hms.api}/act/tasks/${task.id}/complete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(result),
  });
  if (!answer.ok) {
    throw new Error(`complete ${task.id}: ${answer.status} ${await answer.text()}`);
  }
}

/** Sends something to a path of the API; what it answers. */
export async function post(hms: Hms, path: string, type: string, body: string): Promise<unknown> {
  const answer = await fetch(`${hms.api}/act/${path}`, { method: 'POST', headers: { 'content-type': type }, body });
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer.json();
}

async function get<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) {
    throw new Error(`GET ${url}: ${answer.status} ${await answer.text()}`);
  }
  return (await answer.json()) as T;
}
