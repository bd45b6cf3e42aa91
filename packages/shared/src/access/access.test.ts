import { expect, test } from "vitest";
import { ACTIONS, can, refusal, ROLES, type Action } from "./index.ts";

const allowed = (role: (typeof ROLES)[number] | null, owner = false): Action[] =>
  ACTIONS.filter((action) => can({ owner, role }, action));

test("a viewer sees and exports, and changes nothing", () => {
  expect(allowed("viewer")).toEqual(["project.view", "data.export", "project.create"]);
});

test("labelers and reviewers draw and use the network, but manage nothing", () => {
  const writes: Action[] = [
    "project.view",
    "annotation.write",
    "segment.run",
    "data.export",
    "project.create",
  ];
  expect(allowed("labeler")).toEqual(writes);
  expect(allowed("reviewer")).toEqual(writes);
});

test("a lead does all but managing the instance; the owner does that too, member or not", () => {
  expect(allowed("lead")).toEqual(ACTIONS.filter((a) => a !== "instance.manage"));
  expect(allowed(null, true)).toEqual(ACTIONS);
});

test("a stranger may only make a project of their own", () => {
  expect(allowed(null)).toEqual(["project.create"]);
});

test("a refusal says what and whom to ask", () => {
  expect(refusal("image.upload")).toBe(
    "You cannot add images to this project: it takes the role lead; ask a lead of the project.",
  );
  expect(refusal("project.view")).toBe(
    "You cannot see this project: you are not a member; ask a lead for an invitation.",
  );
});
