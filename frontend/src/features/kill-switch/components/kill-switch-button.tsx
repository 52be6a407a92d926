/** The switch itself, in the top bar. */
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHandStop } from "@tabler/icons-react";

import { useKillSwitch } from "../api/kill-switch";
import { KillSwitchDialog } from "./kill-switch-dialog";

export function KillSwitchButton() {
  const { data: killSwitch } = useKillSwitch();
  const [isOpen, { open, close }] = useDisclosure(false);
  // engaged, the banner has the button that releases it
  if (killSwitch === undefined || killSwitch.engaged || !killSwitch.may_engage) return null;
  return (
    <>
      <Button size="compact-sm" color="red" variant="outline" leftSection={<IconHandStop size={15} aria-hidden />} onClick={open}>
        Kill switch
      </Button>
      {isOpen && <KillSwitchDialog killSwitch={killSwitch} engage onClose={close} />}
    </>
  );
}
