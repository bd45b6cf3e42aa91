import { Anchor, Button, Center, Loader, Stack, Text } from "@mantine/core";
import { api } from "@limn/shared/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call, sentenceOf } from "../api/client.ts";
import { useMe } from "../api/queries.ts";
import { Failure } from "../ui/failure.tsx";
import { AccountForm, type NewAccount } from "./account-form.tsx";
import { Door } from "./door.tsx";

/** An invitation link: joins with a new account, or as whoever is signed in. */
export function InvitePage() {
  const { secret } = useParams({ from: "/invite/$secret" });
  const client = useQueryClient();
  const navigate = useNavigate();
  const me = useMe();
  const [failure, setFailure] = useState("");
  const invitation = useQuery({
    queryKey: ["invitation", secret],
    queryFn: () => call(api.readInvitation, { params: { secret } }),
    retry: false,
  });
  async function join(body: Partial<NewAccount>) {
    const { projectId } = await call(api.acceptInvitation, { params: { secret }, body });
    await client.resetQueries();
    await navigate({ to: "/projects/$projectId", params: { projectId } });
  }
  if (invitation.isPending || me.isPending)
    return (
      <Center h="100%">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (!invitation.data)
    return (
      <Door title="This invitation does not work" text={sentenceOf(invitation.error)}>
        <Text ta="center">
          <Anchor component={Link} to="/">
            Go to Limn
          </Anchor>
        </Text>
      </Door>
    );
  const { projectName, role, invitedBy } = invitation.data;
  return (
    <Door title={`Join ${projectName}`} text={`${invitedBy} invites you to take part as ${role}.`}>
      {me.data ? (
        <Stack>
          {failure !== "" && <Failure sentence={failure} />}
          <Button
            onClick={() => {
              join({}).catch((error: unknown) => setFailure(sentenceOf(error)));
            }}
          >
            Join as {me.data.name}
          </Button>
        </Stack>
      ) : (
        <Stack>
          <AccountForm action="Create account and join" onSubmit={join} />
          <Text size="sm" ta="center">
            Have an account?{" "}
            <Link to="/sign-in" search={{ next: `/invite/${secret}` }}>
              Sign in
            </Link>
          </Text>
        </Stack>
      )}
    </Door>
  );
}
