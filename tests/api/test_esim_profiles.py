# SPDX-License-Identifier: MIT
"""eSIM Profiles and Settings Updates: what moves by the clock on Twilio's side."""
import unittest

from device_case import DeviceTestCase

KEYS = ["sid", "account_sid", "iccid", "sim_sid", "status", "eid", "smdp_plus_address", "matching_id",
        "activation_code", "error_code", "error_message", "date_created", "date_updated", "url"]
UPDATE_KEYS = ["sid", "iccid", "sim_sid", "status", "packages", "date_completed", "date_created",
               "date_updated"]
EID = "89049032005008882600033489000001"


class EsimProfileTest(DeviceTestCase):
    """From reservation to installation."""

    def setUp(self):
        super().setUp()
        self.freeze()

    def create(self, **form):
        """A new profile."""
        return self.ok(self.client.post("/v1/ESimProfiles", form), 201)

    def fetch_profile(self, profile):
        """As it is now."""
        return self.ok(self.client.get("/v1/ESimProfiles/" + profile["sid"]))

    def act(self, profile, what, status=200):
        """What becomes of it."""
        answer = self.client.control("POST", f"esim-profiles/{profile['sid']}/{what}")
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def test_for_a_device(self):
        new = self.create(Eid=EID)
        self.assertEqual(list(new), KEYS)
        self.assertRegex(new["sid"], "^HP[0-9a-f]{32}$")
        self.assertEqual([new[key] for key in KEYS[2:11]],
                         [None, None, "new", EID, None, None, None, None, None])
        ran = self.advance("1s")["ran"]
        self.assertEqual([(one["sid"], one["result"]) for one in ran],
                         [(new["sid"], "reserving"), (new["sid"], "available")])
        available = self.fetch_profile(new)
        self.assertEqual((available["status"], available["matching_id"]), ("available", None))
        self.assertTrue(available["smdp_plus_address"])
        sim = self.ok(self.client.get("/v1/Sims/" + available["sim_sid"]))
        self.assertEqual((sim["iccid"], sim["status"]), (available["iccid"], "new"))
        self.assertEqual(self.act(new, "download")["status"], "downloaded")
        installed = self.act(new, "install")
        self.assertEqual(installed, self.fetch_profile(new))
        self.assertEqual(installed["status"], "installed")

    def test_for_whoever_has_the_code(self):
        profile = self.create(GenerateMatchingId="true")
        self.assertIsNone(profile["matching_id"])
        self.advance("1s")
        profile = self.fetch_profile(profile)
        self.assertRegex(profile["matching_id"], r"^[0-9A-F]{4}(-[0-9A-F]{4}){3}$")
        host = profile["smdp_plus_address"].split("//")[1]
        self.assertEqual(profile["activation_code"], f"LPA:1${host}${profile['matching_id']}")

    def test_the_sim_lives(self):
        profile = self.create(Eid=EID)
        self.advance("1s")
        sim = {"sid": self.fetch_profile(profile)["sim_sid"]}
        self.update_sim(sim, 202, Fleet=self.fleet()["sid"], Status="active")
        self.advance("1s")
        self.assertEqual(self.fetch_sim(sim)["status"], "active")

    def test_a_callback_for_available_only(self):
        sink = self.control("PUT", "sinks/hook")
        profile = self.create(Eid=EID, CallbackUrl=sink["url"])
        self.advance("1s")
        self.act(profile, "download")
        self.advance("1s")
        [request] = self.control("GET", "sinks/hook/received")["requests"]
        self.assertTrue(request["signature_valid"])
        self.assertEqual((request["parameters"]["ESimProfileSid"], request["parameters"]["Status"],
                          request["parameters"]["Eid"]), (profile["sid"], "available", EID))

    def test_failing(self):
        profile = self.create(Eid=EID)
        failed = self.act(profile, "fail")
        self.assertEqual((failed["status"], failed["error_code"]), ("failed", "83500"))
        self.assertTrue(failed["error_message"])
        self.assertEqual([(one["result"], one["error_code"]) for one in self.advance("1s")["ran"]],
                         [("failed", 83500)])
        self.assertEqual(self.fetch_profile(profile)["status"], "failed")

    def test_moves_that_cannot_be(self):
        profile = self.create(Eid=EID)
        for what in ("download", "install"):
            self.act(profile, what, 409)
        self.advance("1s")
        self.act(profile, "install", 409)
        self.act(profile, "download")
        self.act(profile, "download", 409)
        self.act(profile, "install")
        for what in ("download", "install", "fail"):
            self.act(profile, what, 409)
        self.act({"sid": "HP" + "0" * 32}, "fail", 404)

    def test_refused(self):
        for form in ({}, {"GenerateMatchingId": "false"}, {"CallbackUrl": "http://127.0.0.1/"}):
            self.assert_error(self.client.post("/v1/ESimProfiles", form), 400,
                              "Missing required parameter Eid in the post body")
        for form, name in (({"Eid": ""}, "Eid"), ({"Eid": EID, "CallbackUrl": "x"}, "CallbackUrl"),
                           ({"Eid": EID, "CallbackMethod": "PUT"}, "CallbackMethod"),
                           ({"GenerateMatchingId": "yes"}, "GenerateMatchingId")):
            self.assert_error(self.client.post("/v1/ESimProfiles", form), 400, f"Invalid {name}.")
        self.assert_not_found(self.client.get("/v1/ESimProfiles/x"), "/ESimProfiles/x")
        self.assertEqual(self.client.post("/v1/ESimProfiles/" + self.create(Eid=EID)["sid"], "").status,
                         405)

    def test_lists_and_filters(self):
        one, two = self.create(Eid=EID), self.create(GenerateMatchingId="true")
        self.advance("1s")
        three = self.create(Eid=EID[:-1] + "2")
        one = self.fetch_profile(one)
        def listed(query):
            page = self.ok(self.client.get("/v1/ESimProfiles" + query))
            return [profile["sid"] for profile in page["esim_profiles"]]
        self.assertEqual(listed(""), [three["sid"], two["sid"], one["sid"]])
        self.assertEqual(listed("?Eid=" + EID), [one["sid"]])
        self.assertEqual(listed("?SimSid=" + one["sim_sid"]), [one["sid"]])
        self.assertEqual(listed("?Status=new"), [three["sid"]])
        self.assertEqual(listed("?Status=available&Eid=" + EID), [one["sid"]])
        self.assertEqual(listed("?Status=installed"), [])
        self.assertEqual(listed("?SimSid=HS" + "0" * 32), [])
        self.assert_error(self.client.get("/v1/ESimProfiles?Status=lost"), 400, "Invalid Status.")

    def test_copies_go_on(self):
        profile = self.create(Eid=EID)
        copy = self.control("POST", f"accounts/{self.account}/fork", status=201)
        fork = self.new_client(copy["sid"], copy["auth_token"])
        state = self.control("GET", "state")
        self.control("PUT", "state", state)
        for client in (self.client, fork):
            self.advance("1s", client)
            now = self.ok(client.get("/v1/ESimProfiles/" + profile["sid"]))
            self.assertEqual(now["status"], "available")


class SettingsUpdateTest(DeviceTestCase):
    """Updates that the control API schedules."""

    def setUp(self):
        super().setUp()
        self.freeze()

    def schedule(self, sim, body=None):
        """An update of a Sim."""
        return self.control("POST", f"sims/{sim['sid']}/settings-updates", body, 201)

    def listed(self, query=""):
        """The updates of a query."""
        return self.ok(self.client.get("/v1/SettingsUpdates" + query))["settings_updates"]

    def test_there_are_none_at_first(self):
        self.assertEqual(self.listed(), [])

    def test_one_that_succeeds(self):
        sim = self.active_sim(self.fleet())
        packages = [{"name": "base-settings", "version": "2.0.0", "more_info": None}]
        scheduled = self.schedule(sim, {"packages": packages})
        self.assertEqual(list(scheduled), UPDATE_KEYS)
        self.assertRegex(scheduled["sid"], "^OB[0-9a-f]{32}$")
        self.assertEqual((scheduled["status"], scheduled["packages"], scheduled["iccid"],
                          scheduled["date_completed"]), ("scheduled", packages, sim["iccid"], None))
        self.assertEqual([one["result"] for one in self.advance("1s")["ran"]],
                         ["in-progress", "successful"])
        [done] = self.listed()
        self.assertEqual((done["status"], done["date_completed"]), ("successful", done["date_updated"]))

    def test_what_is_left_out_of_a_package_is_null(self):
        """Its keys are all there, in one order, wherever the update comes from."""
        sim = self.active_sim(self.fleet())
        package = {"name": "roaming", "version": "2.0.0"}
        told = {"more_info": "x", "version": "1.0.0", "name": "base-settings"}
        shown = [[("name", "roaming"), ("version", "2.0.0"), ("more_info", None)],
                 [("name", "base-settings"), ("version", "1.0.0"), ("more_info", "x")]]
        scheduled = self.schedule(sim, {"packages": [package, told]})
        self.assertEqual([list(one.items()) for one in scheduled["packages"]], shown)
        state = self.control("GET", "state")
        state["accounts"][0]["settings_updates"][0]["packages"] = [package, told]
        self.control("PUT", "state", state)
        [loaded] = self.listed()
        self.assertEqual([list(one.items()) for one in loaded["packages"]], shown)

    def test_one_that_fails(self):
        away, off = self.active_sim(self.fleet()), self.register()
        self.control("POST", f"sims/{away['sid']}/detach")
        for sim in (away, off):
            self.schedule(sim)
        self.advance("1s")
        self.assertEqual({(one["status"], one["date_completed"]) for one in self.listed()},
                         {("failed", None)})

    def test_filters(self):
        one = self.active_sim(self.fleet(), UniqueName="tracker")
        two = self.active_sim(self.fleet())
        self.schedule(one)
        self.advance("1s")
        later = self.schedule(two)
        self.assertEqual([update["sim_sid"] for update in self.listed()], [two["sid"], one["sid"]])
        self.assertEqual([update["sim_sid"] for update in self.listed("?Sim=tracker")], [one["sid"]])
        self.assertEqual(self.listed("?Status=scheduled"), [later])
        self.assertEqual(self.listed("?Status=successful&Sim=" + two["sid"]), [])
        self.assertEqual(self.listed("?Sim=nobody"), [])
        self.assertEqual(self.client.get("/v1/SettingsUpdates?Status=done").status, 400)

    def test_refused(self):
        sim = self.active_sim(self.fleet())
        path = f"sims/{sim['sid']}/settings-updates"
        for body in ({"packages": []}, {"packages": [1]}, {"packages": [{"name": "x"}]},
                     {"packages": [{"name": "x", "version": "1", "size": 1}]}, {"packages": "x"},
                     {"package": []}):
            self.assertEqual(self.client.control("POST", path, body).status, 400, body)
        self.refused(self.client.control("POST", "sims/nobody/settings-updates"), 404)


if __name__ == "__main__":
    unittest.main()
