import { mount } from "svelte";
import "../shared/desk.css";
import { Api, takeToken } from "../shared/api";
import VerifyPage from "./VerifyPage.svelte";

mount(VerifyPage, { target: document.body, props: { api: new Api(takeToken()) } });
