use super::*;
use hickory_resolver::proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{
        Name, Record,
        rdata::{MX, TXT},
    },
};
use std::net::Ipv4Addr;
use tokio::net::UdpSocket;

/// A DNS server on loopback that knows two names, and does not answer about a third.
async fn server() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            let asked = Message::from_vec(&packet[..length]).unwrap();
            let query = asked.queries[0].clone();
            let mut answer = Message::response(asked.id, OpCode::Query);
            answer.metadata.message_type = MessageType::Response;
            answer.metadata.recursion_available = true;
            answer.add_query(query.clone());
            let name = query.name().clone();
            let record = |data| Record::from_rdata(name.clone(), 60, data);
            match (name.to_string().as_str(), query.query_type()) {
                ("silent.example.", _) => continue,
                ("nordlys.example.", RecordType::TXT) => {
                    let halves = vec!["v=spf1 include:_spf.".to_owned(), "google.com ~all".to_owned()];
                    answer.add_answer(record(RData::TXT(TXT::new(halves))));
                    answer.add_answer(record(RData::TXT(TXT::from_bytes(vec![b"\xff\n<b>"]))));
                }
                ("nordlys.example.", RecordType::MX) => {
                    let mail = MX::new(10, Name::from_ascii("mx.nordlys.example.").unwrap());
                    answer.add_answer(record(RData::MX(mail)));
                }
                _ => answer.metadata.response_code = ResponseCode::NXDomain,
            }
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_server_that_is_configured_is_asked_and_nobody_else() {
    let resolver = Resolver::new(Some(server().await)).unwrap();
    let texts = resolver.ask("nordlys.example", Kind::Text).await.unwrap();
    assert_eq!(texts[0], "v=spf1 include:_spf.google.com ~all", "its halves belong together");
    assert!(!texts[1].contains('\n'), "{texts:?}");
    assert_eq!(resolver.ask("nordlys.example", Kind::Mail).await.unwrap(), ["mx.nordlys.example."]);
    assert_eq!(resolver.ask("_dmarc.nordlys.example", Kind::Text).await.unwrap(), Vec::<String>::new());
    assert!(resolver.ask("a..b", Kind::Text).await.is_err());
}
