// People with Supabase's own client. tests/clients/run.py starts the project and the service, and says where they are.

import assert from "node:assert/strict";

import { createClient } from "@supabase/supabase-js";

export const API_URL = setting("API_URL");
const SUPABASE_URL = setting("SUPABASE_URL");
const PASSWORD = "correct horse";

/** The access token of somebody who has just signed up. */
export async function signedUp(email: string): Promise<string> {
  const auth = { persistSession: false, autoRefreshToken: false };
  // The client requires a WebSocket, which Node.js 20 does not have and nothing here uses.
  const realtime = { transport: class {} as unknown as typeof WebSocket };
  const supabase = createClient(SUPABASE_URL, setting("SUPABASE_KEY"), { auth, realtime });
  const { data, error } = await supabase.auth.signUp({ email, password: PASSWORD });
  assert.equal(error, null);
  assert.ok(data.session);
  return data.session.access_token;
}

/** The access token of the administrator, whose first sign-in an operator confirms. */
export async function administrator(): Promise<string> {
  const token = await signedUp(setting("ADMINISTRATOR"));
  const refused = await fetch(`${API_URL}/v1/users/me`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(refused.status, 403);
  const confirmed = await fetch(`${SUPABASE_URL}/control/confirm`, { method: "POST" });
  assert.equal(confirmed.status, 204);
  return token;
}

function setting(name: string): string {
  const value = process.env[name];
  assert.ok(value, name);
  return value;
}
