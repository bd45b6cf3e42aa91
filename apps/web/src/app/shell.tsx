import { Menu } from "@mantine/core";
import { api } from "@limn/shared/api";
import { IconLogout, IconUser } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../api/client.ts";
import { useMe } from "../api/queries.ts";
import { Face } from "../ui/avatar.tsx";
import { Logo } from "../ui/logo.tsx";
import { ThemeSwitch } from "../ui/theme-switch.tsx";
import classes from "./shell.module.css";

/** The quiet frame around every page but the workspace: where one is, theme, account. */
export function Shell(props: { trail?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes["shell"]}>
      <header className={classes["bar"]}>
        <Link to="/" className={classes["home"]} aria-label="Limn, all projects">
          <Logo size={24} />
          <span>Limn</span>
        </Link>
        {props.trail}
        <span className={classes["space"]} />
        <ThemeSwitch />
        <AccountMenu />
      </header>
      <main className={classes["main"]}>{props.children}</main>
    </div>
  );
}

function AccountMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const client = useQueryClient();
  if (!me.data) return null;
  async function leave() {
    await call(api.signOut, {});
    client.clear();
    await navigate({ to: "/sign-in" });
  }
  return (
    <Menu position="bottom-end" withArrow>
      <Menu.Target>
        <button type="button" className={classes["me"]} aria-label={`Account of ${me.data.name}`}>
          <Face name={me.data.name} color={me.data.color} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.data.email}</Menu.Label>
        <Menu.Item leftSection={<IconUser size={16} />} component={Link} to="/account">
          Account
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
