// From sign-in to a certificate, with the types of openapi-typescript and the client openapi-fetch.

import assert from "node:assert/strict";
import { it } from "node:test";

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./generated/openapi-typescript.js";
import { API_URL, administrator, signedUp } from "./people.js";

type NewModule = components["schemas"]["CreateModule"];

const NEW_MODULE: NewModule = {
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

function clientOf(token?: string): Client<paths> {
  return createClient<paths>({ baseUrl: API_URL, ...(token ? { headers: { Authorization: `Bearer ${token}` } } : {}) });
}

it("goes from sign-in to a certificate", async () => {
  const admin = clientOf(await administrator());
  const learner = clientOf(await signedUp("ana.fetch@example.com"));

  const { data: me, response: shown } = await learner.GET("/v1/users/{user_id}", { params: { path: { user_id: "me" } } });
  assert.ok(me);
  const etag = shown.headers.get("etag");
  assert.ok(etag);
  const { data: named } = await admin.PATCH("/v1/users/{user_id}", {
    params: { path: { user_id: me.id }, header: { "If-Match": etag } },
    body: { full_name: "Ana Ruiz", profile_metadata: { license: { state: "TX", numbers: [1, 2] } } },
  });
  assert.deepEqual(named?.profile_metadata["license"], { state: "TX", numbers: [1, 2] });

  const { data: module } = await admin.POST("/v1/modules", { body: NEW_MODULE });
  assert.ok(module);
  const at = { module_id: module.id };
  const { data: published } = await admin.POST("/v1/modules/{module_id}/publish", { params: { path: at } });
  assert.equal(published?.version_number, 1);
  const enroll = () =>
    admin.POST("/v1/modules/{module_id}/enrollments", { params: { path: at }, body: { user_id: me.id } });
  assert.equal((await enroll()).data?.version_number, 1);

  // The codes of the problems are types too: another name would not compile.
  const { error, response: again } = await enroll();
  assert.equal(again.status, 409);
  assert.ok(error?.code === "already-enrolled");

  const mine = { ...at, user_id: "me" as const };
  await learner.POST("/v1/modules/{module_id}/enrollments/{user_id}/start", { params: { path: mine } });
  const [lesson, quiz] = module.sections;
  assert.ok(lesson && quiz);
  await learner.POST("/v1/modules/{module_id}/enrollments/{user_id}/sections/{section_id}/complete", {
    params: { path: { ...mine, section_id: lesson.id } },
  });
  const { data: attempt } = await learner.POST("/v1/modules/{module_id}/sections/{section_id}/attempts", {
    params: { path: { ...at, section_id: quiz.id } },
  });
  const question = attempt?.items[0];
  assert.ok(attempt && question);
  const { data: graded } = await learner.POST("/v1/attempts/{attempt_id}/submit", {
    params: { path: { attempt_id: attempt.id } },
    body: { answers: { [question.question_id]: false } },
  });
  assert.equal(graded?.passed, true);

  const { data: records } = await learner.GET("/v1/users/{user_id}/records", { params: { path: { user_id: "me" } } });
  const serial = records?.items[0]?.certificate_serial;
  assert.ok(serial);
  const { data: certificate } = await learner.GET("/v1/certificates/{serial}", { params: { path: { serial } } });
  assert.equal(certificate?.state, "valid");
  const { data: pdf } = await learner.GET("/v1/certificates/{serial}.pdf", {
    params: { path: { serial } },
    parseAs: "arrayBuffer",
  });
  assert.ok(pdf);
  assert.equal(new TextDecoder().decode(pdf.slice(0, 5)), "%PDF-");
  const { data: verified } = await clientOf().GET("/v1/verify/{serial}", { params: { path: { serial } } });
  assert.deepEqual([verified?.full_name, verified?.state], ["Ana Ruiz", "valid"]);

  const { data: imported } = await admin.POST("/v1/users/import", {
    body: "email,full_name,department\nli.wei@example.com,Li Wei,Claims\nana.fetch@example.com,Ana Ruiz,Hygiene\n",
    bodySerializer: (csv) => csv,
    headers: { "Content-Type": "text/csv" },
  });
  assert.deepEqual([imported?.created, imported?.updated], [1, 1]);
});
