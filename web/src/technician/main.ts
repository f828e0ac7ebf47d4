import { mount } from "svelte";
import "../shared/desk.css";
import "./technician.css";
import { Api, takeToken } from "../shared/api";
import { lockDown } from "../shared/lockdown";
import { Client } from "./client";
import { KioskWindow } from "./kiosk_window";
import TechnicianPage from "./TechnicianPage.svelte";

// The citizens' page passes the launch token on; whoever comes from elsewhere has none.
const token = takeToken();
const kiosk = token ? new KioskWindow(new Api(token)) : null;
if (kiosk) lockDown();
mount(TechnicianPage, { target: document.body, props: { client: new Client(), kiosk } });
