// docs/reference/website.md
{
	const {src, dataset} = document.currentScript, {origin} = new URL(src)
	const refuses = navigator.doNotTrack == 1 || navigator.globalPrivacyControl
	let store = {}, me, seen

	const load = () => me = JSON.parse(store.ripeline || '{"queue":[]}')
	const save = () => {
		const ripeline = JSON.stringify(me)
		try { store.ripeline = ripeline } catch { store = {ripeline} }
	}
	const fresh = () => crypto.getRandomValues(new Uint32Array(4)).join("-")
	const say = (said, more) => {
		if (!me.id || me.queue[99]) return
		const context = {userAgent: navigator.userAgent}, properties = {...me.utm, ...more}, timestamp = new Date()
		me.queue.push({type: "track", messageId: fresh(), anonymousId: me.id, timestamp, context, properties, ...said})
		save()
	}
	const send = async () => {
		const batch = load().queue, body = JSON.stringify({writeKey: dataset.key, sentAt: new Date(), batch})
		if (batch[0]) try {
			if ((await fetch(origin + "/v1/batch", {method: "POST", body, keepalive: body.length < 2e4})).status > 407) return
			load()
			me.queue = me.queue.filter(one => !body.includes(one.messageId))
			me.id ? save() : delete store.ripeline
		} catch {}
	}
	const act = (...said) => { load(); say(...said); send() }

	const look = () => {
		const {visit, at, time, pages} = load(), {title, referrer, hidden} = document
		const {href, pathname: path, search} = location, [url] = href.split("#")
		if (visit && Date.now() - at > 18e5) { // half an hour
			me.visit = 0
			say({event: "visit_ended", messageId: visit, timestamp: new Date(at)}, {minutes: time / 60 | 0, pages})
		}
		if (hidden || !me.id) return
		me.at = Date.now()
		me.time++
		if (me.visit && seen == url) return save()
		if (!me.visit) me = {...me, visit: fresh(), time: 0, pages: 0, utm: {}}
		for (const [name, text] of new URLSearchParams(search)) if (/^utm_/.test(name)) me.utm[name] = text
		me.pages++
		say({type: "page"}, {url, path, search, title, referrer})
		seen = url
		return send()
	}
	const consent = (yes, wording) => {
		if (!yes == !load().id) return
		me = {id: me.id || fresh(), refuses, queue: yes ? me.queue : []}
		say({event: "consent_" + (yes ? "given" : "withdrawn")}, {purpose: "tracking", wording})
		if (!yes) me = {queue: me.queue}
		save()
		look() || send()
	}

	try { store = localStorage } catch {}
	if (load().at < Date.now() - 34e9) delete store.ripeline
	if (refuses ? !me.refuses : dataset.consent == "given") consent(!refuses, dataset.wording)
	look() || send()
	setInterval(look, 1e3)
	setInterval(send, 3e4)
	addEventListener("pagehide", () => { send(); seen = 0 })
	addEventListener("formdata", ({target, formData}) => {
		const {id, utm} = load(), told = {...utm, anonymous_id: id, page: location.href}
		if (id && target.action.startsWith?.(origin + "/f/")) for (const name in told) formData.set(name, told[name])
	})
	window.ripeline = {
		consent, track: (event, more) => act({event}, more), identify: traits => act({type: "identify", traits})
	}
}
