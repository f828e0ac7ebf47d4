import { mount } from "svelte";
import "../shared/desk.css";
import "./technician.css";
import { Client } from "./client";
import TechnicianPage from "./TechnicianPage.svelte";

mount(TechnicianPage, { target: document.body, props: { client: new Client() } });
