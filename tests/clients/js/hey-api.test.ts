// From sign-in to a certificate, with the client that @hey-api/openapi-ts generates.

import assert from "node:assert/strict";
import { it } from "node:test";

import { type Client, createClient } from "./generated/hey-api/client/index.js";
import {
  type CreateModule,
  completeSection,
  createModule,
  editUser,
  enrollUser,
  importRoster,
  listRecords,
  printCertificate,
  publishModule,
  readCertificate,
  readUser,
  startAttempt,
  startModule,
  submitAttempt,
  verifyCertificate,
} from "./generated/hey-api/index.js";
import { API_URL, administrator, signedUp } from "./people.js";

const NEW_MODULE: CreateModule = {
  title: "Sharps",
  tags: ["osha"],
  sections: [
    { title: "Read", content: { kind: "lesson", markdown: "Never recap a needle with two hands." } },
    {
      title: "Check",
      content: { kind: "quiz" },
      questions: [{ prompt: "Recap with two hands?", metadata: { kind: "true_false", correct: false } }],
    },
  ],
};

function clientOf(token?: string): Client {
  return createClient({ baseUrl: API_URL, ...(token ? { auth: token } : {}) });
}

it("goes from sign-in to a certificate", async () => {
  const admin = clientOf(await administrator());
  const learner = clientOf(await signedUp("ana.hey@example.com"));

  const { data: me, response: shown } = await readUser({ client: learner, path: { user_id: "me" } });
  const etag = shown?.headers.get("etag");
  assert.ok(me && etag);
  const { data: named } = await editUser({
    client: admin,
    path: { user_id: me.id },
    headers: { "If-Match": etag },
    body: { full_name: "Ana Ruiz", profile_metadata: { license: { state: "TX", numbers: [1, 2] } } },
  });
  assert.deepEqual(named?.profile_metadata["license"], { state: "TX", numbers: [1, 2] });

  const { data: module } = await createModule({ client: admin, body: NEW_MODULE });
  assert.ok(module);
  const path = { module_id: module.id };
  const { data: published } = await publishModule({ client: admin, path });
  assert.equal(published?.version_number, 1);
  const enroll = () => enrollUser({ client: admin, path, body: { user_id: me.id } });
  assert.equal((await enroll()).data?.version_number, 1);

  // The codes of the problems are types too: another name would not compile.
  const { error, response: again } = await enroll();
  assert.equal(again?.status, 409);
  assert.ok(error?.code === "already-enrolled");

  const mine = { ...path, user_id: "me" as const };
  await startModule({ client: learner, path: mine });
  const [lesson, quiz] = module.sections;
  assert.ok(lesson && quiz);
  await completeSection({ client: learner, path: { ...mine, section_id: lesson.id } });
  const { data: attempt } = await startAttempt({ client: learner, path: { ...path, section_id: quiz.id } });
  const question = attempt?.items[0];
  assert.ok(attempt && question);
  const { data: graded } = await submitAttempt({
    client: learner,
    path: { attempt_id: attempt.id },
    body: { answers: { [question.question_id]: false } },
  });
  assert.equal(graded?.passed, true);

  const { data: records } = await listRecords({ client: learner, path: { user_id: "me" } });
  const serial = records?.items[0]?.certificate_serial;
  assert.ok(serial);
  const { data: certificate } = await readCertificate({ client: learner, path: { serial } });
  assert.equal(certificate?.state, "valid");
  const { data: pdf } = await printCertificate({ client: learner, path: { serial } });
  assert.ok(pdf);
  assert.equal(await pdf.slice(0, 5).text(), "%PDF-");
  const { data: verified } = await verifyCertificate({ client: clientOf(), path: { serial } });
  assert.deepEqual([verified?.full_name, verified?.state], ["Ana Ruiz", "valid"]);

  const roster = "email,full_name,department\nli.wei@example.com,Li Wei,Claims\nana.hey@example.com,Ana Ruiz,Hygiene\n";
  const { data: imported } = await importRoster({ client: admin, body: new Blob([roster]) });
  assert.deepEqual([imported?.created, imported?.updated], [1, 1]);
});
