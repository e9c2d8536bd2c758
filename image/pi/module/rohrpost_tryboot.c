// SPDX-License-Identifier: GPL-2.0
/*
 * Passes "tryboot" of a restart ("0 tryboot", systemd's reboot-param) on to the firmware of the Raspberry Pi, which then starts
 * the partition under [tryboot] of autoboot.txt exactly once. The kernels of Raspberry Pi Ltd do so; the one of kernel.org, which
 * Debian builds, only tells the firmware that it restarts.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/reboot.h>
#include <soc/bcm2835/raspberrypi-firmware.h>

#define SET_REBOOT_FLAGS ((enum rpi_firmware_property_tag)0x00038064)
#define REBOOT_FLAG_TRYBOOT 1u

static struct rpi_firmware *firmware;

static int before_restart(struct notifier_block *nb, unsigned long action, void *command)
{
	u32 flags = REBOOT_FLAG_TRYBOOT;

	if (action == SYS_RESTART && command && strstr(command, " tryboot"))
		if (rpi_firmware_property(firmware, SET_REBOOT_FLAGS, &flags, sizeof(flags)))
			pr_err("rohrpost_tryboot: the firmware does not take the flag\n");
	return NOTIFY_DONE;
}

static struct notifier_block restart_block = { .notifier_call = before_restart };

static int __init tryboot_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "raspberrypi,bcm2835-firmware");
	int failed;

	if (!node)
		return -ENODEV;
	firmware = rpi_firmware_get(node);
	of_node_put(node);
	if (!firmware)
		return -EPROBE_DEFER;
	failed = register_reboot_notifier(&restart_block);
	if (failed)
		rpi_firmware_put(firmware);
	return failed;
}

static void __exit tryboot_exit(void)
{
	unregister_reboot_notifier(&restart_block);
	rpi_firmware_put(firmware);
}

module_init(tryboot_init);
module_exit(tryboot_exit);
MODULE_DESCRIPTION("Raspberry Pi: start the other partition once");
MODULE_LICENSE("GPL");
