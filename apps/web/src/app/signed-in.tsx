import { Center, Loader } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { ApiError } from "@limn/shared/api";
import { Outlet, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { sentenceOf } from "../api/client.ts";
import { useHealth, useMe } from "../api/queries.ts";
import { sendLeftOvers } from "../collab/left-overs.ts";
import { countOf } from "../ui/count-of.ts";
import { Failure } from "../ui/failure.tsx";
import { Redirect } from "./redirect.tsx";
import { SignInAgain } from "./sign-in-again.tsx";

/** Everything behind the sign-in: sends strangers to the right door, keeps the page when a session ends. */
export function SignedIn() {
  const me = useMe();
  const health = useHealth();
  const router = useRouter();
  // Where one wanted to go, as it was when the sign-in turned out to be missing.
  const [wanted] = useState(() => router.history.location.href);
  const { id, name, color } = me.data ?? {};
  useEffect(() => {
    if (id === undefined || name === undefined || color === undefined) return;
    const onError = (error: unknown): void => console.warn("Edits of before wait on:", error);
    void sendLeftOvers({ user: { id, name, color }, onError }).then((images) => {
      if (images > 0)
        notifications.show({
          message: `Edits of an earlier visit, on ${countOf(images, "image")}, are saved now.`,
        });
    }, onError);
    // Once per person, not at each change of their name.
    // eslint-disable-next-line react/exhaustive-deps
  }, [id]);
  if (me.data)
    return (
      <>
        <Outlet />
        <SignInAgain me={me.data} />
      </>
    );
  if (me.isPending || health.isPending)
    return (
      <Center h="100%">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (health.data?.setup) return <Redirect to="/setup" />;
  if (me.error instanceof ApiError && me.error.code === "not-signed-in")
    return (
      <Redirect to={wanted === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(wanted)}`} />
    );
  return (
    <Center h="100%" p="xl">
      <Failure sentence={sentenceOf(me.error)} onRetry={() => void me.refetch()} />
    </Center>
  );
}
