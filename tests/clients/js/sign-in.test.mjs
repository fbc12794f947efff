// Supabase's own JavaScript client signs in, and the service believes what it brings.
// tests/clients/run.py starts both and says where they are.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { createClient } from "@supabase/supabase-js";

const { SUPABASE_URL, SUPABASE_KEY, API_URL, ADMINISTRATOR } = process.env;
const password = "correct horse";

/** Someone with Supabase's client, who calls our API with its token. */
class Person {
  constructor(email) {
    this.credentials = { email, password };
    const auth = { persistSession: false, autoRefreshToken: false };
    // The client wants a WebSocket, which Node.js 20 has not, although nothing here is told in real time.
    const realtime = { transport: class {} };
    this.auth = createClient(SUPABASE_URL, SUPABASE_KEY, { auth, realtime }).auth;
  }

  async signUp() {
    await succeeds(this.auth.signUp(this.credentials));
  }

  async signIn() {
    await succeeds(this.auth.signInWithPassword(this.credentials));
  }

  async refresh() {
    await succeeds(this.auth.refreshSession());
  }

  async token() {
    const { session } = await succeeds(this.auth.getSession());
    return session.access_token;
  }

  async calls(method, path, body, token) {
    const headers = { authorization: `Bearer ${token ?? (await this.token())}` };
    if (body) headers["content-type"] = "application/json";
    const answer = await fetch(API_URL + path, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }

  /** Whom the service takes the bearer for. */
  me(token) {
    return this.calls("GET", "/v1/users/me", undefined, token);
  }
}

async function succeeds(asking) {
  const { data, error } = await asking;
  assert.equal(error, null);
  return data;
}

/** Make something happen to the project, as fake_supabase/stage.py lists. */
async function happens(what) {
  const answer = await fetch(`${SUPABASE_URL}/control/${what}`, { method: "POST" });
  assert.equal(answer.status, 204);
}

describe("a person with supabase-js", () => {
  const ana = new Person("ana.js@example.com");
  const admin = new Person(ADMINISTRATOR);

  before(async () => {
    await ana.signUp();
    await ana.signIn();
    await admin.signUp();
    // Its address alone opens nothing: an operator confirms the administrator's first sign-in.
    assert.equal((await admin.me()).status, 403);
    await happens("confirm");
  });

  it("is known to the service by the token", async () => {
    const { status, body } = await ana.me();
    assert.equal(status, 200);
    assert.equal(body.email, "ana.js@example.com");
    assert.equal(body.role, "authenticated");
    assert.equal((await admin.me()).body.role, "admin");
  });

  it("stays the same after refreshing", async () => {
    const { body } = await ana.me();
    const old = await ana.token();
    await ana.refresh();
    assert.notEqual(await ana.token(), old);
    assert.equal((await ana.me()).body.id, body.id);
    assert.equal((await ana.me(old)).body.id, body.id);
  });

  it("is known after the keys were rotated, by new tokens and old ones", async () => {
    const old = await ana.token();
    await happens("rotate");
    await ana.refresh();
    assert.equal((await ana.me()).status, 200);
    assert.equal((await ana.me(old)).status, 200);
  });

  it("is known while the endpoint of the keys is down", async () => {
    await happens("down");
    await ana.refresh();
    assert.equal((await ana.me()).status, 200);
    assert.equal((await fetch(`${API_URL}/health/live`)).status, 200);
    await happens("up");
  });

  it("is nobody with a token that was tampered with", async () => {
    const [header, claims, signature] = (await ana.token()).split(".");
    const someoneElse = { ...JSON.parse(Buffer.from(claims, "base64url")), sub: crypto.randomUUID() };
    const forged = [header, Buffer.from(JSON.stringify(someoneElse)).toString("base64url"), signature].join(".");
    const { status, body } = await ana.me(forged);
    assert.deepEqual([status, body.code], [401, "token-signature"]);
  });

  it("is refused after an administrator has deactivated him or her", async () => {
    const { body } = await ana.me();
    const done = await admin.calls("POST", "/v1/users/deactivate", { user_ids: [body.id] });
    assert.deepEqual([done.status, done.body.deactivated], [200, 1]);
    for (const renew of [() => {}, () => ana.refresh(), () => ana.signIn()]) {
      await renew();
      const refused = await ana.me();
      assert.deepEqual([refused.status, refused.body.code], [403, "user-deactivated"]);
    }
  });
});
