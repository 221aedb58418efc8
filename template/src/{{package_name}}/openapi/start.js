// Shows the document in Swagger UI. The document is not sent to a validator on another host.
const docs = document.getElementById("docs");

SwaggerUIBundle({ domNode: docs, url: docs.dataset.url, deepLinking: true, validatorUrl: null });
