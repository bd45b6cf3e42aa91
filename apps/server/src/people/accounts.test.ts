import { afterAll, beforeAll, expect, test } from "vitest";
import { createStore, openSqliteCatalog, type Store } from "../store/index.ts";
import { createAccounts, type Accounts } from "./accounts.ts";

let store: Store;
let accounts: Accounts;
beforeAll(async () => {
  store = createStore(await openSqliteCatalog(":memory:"));
  accounts = createAccounts({
    store,
    secret: "s3cret-".repeat(8),
    publicUrl: null,
    now: () => new Date(),
  });
});
afterAll(() => store.close());
const ana = { name: "Ana", email: "Ana@example.org", password: "correct horse" };
const cookieOf = (lines: readonly string[]) => lines.map((line) => line.split(";")[0]).join("; ");

test("[SP1] two setups at once make one owner", async () => {
  const results = await Promise.allSettled([
    accounts.setUp(ana, "http://a"),
    accounts.setUp({ ...ana, email: "eve@example.org" }, "http://a"),
  ]);
  expect(results.map((r) => r.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(await store.people.countUsers()).toBe(1);
});

test("[SP2] sessions live in HttpOnly cookies and end at sign-out", async () => {
  const { cookies, value } = await accounts.signIn("ana@example.org", ana.password);
  expect(cookies.join()).toMatch(/limn\.session_token=.*HttpOnly/);
  expect(cookies.join()).toMatch(/SameSite=Lax/i);
  const cookie = cookieOf(cookies);
  expect((await accounts.identify({ cookie })).value).toMatchObject({
    id: value.id,
    owner: true,
    via: "session",
  });
  await accounts.signOut(cookie);
  expect((await accounts.identify({ cookie })).value).toBeNull();
});

test("[SP3] an unknown e-mail and a wrong password get the same answer", async () => {
  const refusals = await Promise.all(
    [
      ["nobody@example.org", "x"],
      ["ana@example.org", "wrong horse"],
      ["not an e-mail", "x"],
    ].map(([email, password]) =>
      accounts.signIn(email ?? "", password ?? "").catch((error: unknown) => String(error)),
    ),
  );
  expect(new Set(refusals).size).toBe(1);
  expect(refusals[0]).toContain("e-mail or the password is wrong");
});

test("[SP4] a token is kept as a hash and stops working when revoked", async () => {
  const { value } = await accounts.signIn(ana.email, ana.password);
  const made = await accounts.createToken(value.id, "script");
  expect(JSON.stringify(await store.people.listTokens(value.id))).not.toContain(made.token);
  expect((await accounts.identify({ token: made.token })).value).toMatchObject({
    id: value.id,
    via: "token",
  });
  expect(await accounts.revokeToken(value.id, made.id)).toBe(true);
  expect((await accounts.identify({ token: made.token })).value).toBeNull();
});

test("[SP5] a new password needs the present one and ends the other sessions", async () => {
  const one = await accounts.signIn(ana.email, ana.password);
  const two = await accounts.signIn(ana.email, ana.password);
  await expect(
    accounts.changePassword(cookieOf(one.cookies), one.value.id, "wrong", "battery staple"),
  ).rejects.toThrow("present password");
  const renewed = await accounts.changePassword(
    cookieOf(one.cookies),
    one.value.id,
    ana.password,
    "battery staple",
  );
  expect((await accounts.identify({ cookie: cookieOf(two.cookies) })).value).toBeNull();
  expect((await accounts.identify({ cookie: cookieOf(renewed) })).value).toMatchObject({
    name: "Ana",
  });
  await expect(accounts.signIn(ana.email, ana.password)).rejects.toThrow("wrong");
});
